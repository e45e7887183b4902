# Sets LOKT_COMMIT to " (COMMIT)" where the source is a git checkout of its own, to "" in a tarball,
# also one that was unpacked inside of another repository. Looked at anew after each commit.
set(LOKT_COMMIT "")
find_program(GIT_PROGRAM git)
if(GIT_PROGRAM)
  execute_process(COMMAND ${GIT_PROGRAM} -C ${PROJECT_SOURCE_DIR} rev-parse --show-prefix
                          --path-format=absolute --git-path logs/HEAD --short=12 HEAD
                  OUTPUT_VARIABLE answer RESULT_VARIABLE status ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  # three lines: nothing, since we are at the top; a file that each commit changes; the commit
  if(status EQUAL 0 AND answer MATCHES "^\n([^\n]+)\n([0-9a-f]+)$")
    set(LOKT_COMMIT " (${CMAKE_MATCH_2})")
    if(EXISTS ${CMAKE_MATCH_1})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_MATCH_1})
    endif()
  endif()
endif()
