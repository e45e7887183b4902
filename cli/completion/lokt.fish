# Completion of lokt for fish: commands and options as lokt itself lists them, lock names from the
# mount. Starts no daemon.

function __lokt_commands
    lokt --help 2>/dev/null | string replace -rf '^  ([a-z]+) +(.*)' '$1\t$2'
end

function __lokt_command
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; or begin
            echo $word
            return 0
        end
    end
    return 1
end

function __lokt_is
    contains -- (__lokt_command) $argv
end

function __lokt_options
    lokt (__lokt_command) --help 2>/dev/null |
        string replace -rf '^  (-[-a-z]+) +(?:[A-Z][^ ]*)? +(.*)' '$1\t$2'
    printf '%s\t%s\n' --help 'show the options'
end

# Names in a directory of the mount, as people write them where only slashes are encoded.
function __lokt_names
    set -l directory (lokt path 2>/dev/null)
    or return
    for path in "$directory/$argv[1]"/*
        set -l name (string replace -r '.*/' '' -- $path)
        set -l decoded (string replace -a %2F / -- $name)
        string match -q '*%*' -- $decoded; or set name $decoded
        echo $name
    end
end

function __lokt_before
    contains -- (commandline -opc)[-1] $argv
end

# Behind an option that wants something, which is not a lock's name.
function __lokt_wants
    __lokt_before --ttl --timeout --pid --note --on-lost --owner --lock-id --actor --event --format --since -o
end

function __lokt_behind
    contains -- -- (commandline -opc)
end

complete -c lokt -f
complete -c lokt -n 'not __lokt_command' -a '(__lokt_commands)'
complete -c lokt -n '__lokt_command; and not __lokt_behind; and string match -q -- "-*" (commandline -ct)' -a '(__lokt_options)'
complete -c lokt -n '__lokt_is lock unlock renew guard wrap exists status top why freeze path acquire release; and not __lokt_behind; and not __lokt_wants' -a '(__lokt_names)'
complete -c lokt -n '__lokt_is unfreeze; and not __lokt_wants' -a '(__lokt_names .lokt/freezes)'
complete -c lokt -n '__lokt_is help' -a '(__lokt_commands)'
complete -c lokt -n '__lokt_is hook' -a install
complete -c lokt -n '__lokt_is sync' -a '(git remote 2>/dev/null)'
complete -c lokt -n '__lokt_is check' -F
complete -c lokt -n '__lokt_is wrap timeline; and __lokt_before -o' -F
complete -c lokt -n '__lokt_before --name --resource' -a '(__lokt_names)'
complete -c lokt -n '__lokt_before --on-lost' -a 'term warn'
complete -c lokt -n '__lokt_before --format' -a 'markdown claude-md agents-md copilot aider cursorrules windsurfrules clinerules'
complete -c lokt -n '__lokt_before --event' -a 'acquire deny release renew expire holder-dead force-break stale-break freeze unfreeze force-unfreeze freeze-deny grant import conflict'
complete -c lokt -n '__lokt_before -o; and not __lokt_is wrap timeline' -a 'ttl= max_leases= durability=full durability=os allow_other remote= shared=off shared=async shared=strict interval= skew= strict_wait='
complete -c lokt -n '__lokt_before --pid' -a '(__fish_complete_pids)'
complete -c lokt -n '__lokt_behind' -a '(__fish_complete_subcommand --fcs-skip=(contains -i -- -- (commandline -opc)))'
