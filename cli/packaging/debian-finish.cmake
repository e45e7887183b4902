# Run by cpack on the staged files: what a Debian package has where other installations differ.
set(usr ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr)
set(doc ${usr}/share/doc/${CPACK_PACKAGE_NAME})

# Policy 12.1, 12.7: compressed, and without a time stamp.
function(compress)
  execute_process(COMMAND gzip -9nf ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(GLOB_RECURSE pages ${usr}/share/man/*)
if(pages)
  compress(${pages})
endif()

# The version's entry in Debian's form; what changed is in CHANGELOG.md.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  set(date_arguments -d @$ENV{SOURCE_DATE_EPOCH})
endif()
execute_process(COMMAND date -uR ${date_arguments} OUTPUT_VARIABLE date
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${doc}/changelog
"${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * What has changed is in CHANGELOG.md.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
compress(${doc}/changelog)

file(READ ${CPACK_LOKT_SOURCE_DIR}/LICENSE license)
string(REGEX MATCH "Copyright[^\n]*" holders "${license}")
string(REGEX REPLACE "^.*Copyright[^\n]*\n+" "" license "${license}")
string(STRIP "${license}" license)
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " license "${license}")
string(REGEX REPLACE "^Copyright *(\\(c\\))? *" "" holders "${holders}")
file(WRITE ${doc}/copyright
"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: ${CPACK_PACKAGE_NAME}

Files: *
Copyright: ${holders}
License: Expat

License: Expat
 ${license}
")

# Configured for another prefix, perhaps.
file(GLOB units ${usr}/lib/systemd/*/*.service)
foreach(unit ${units})
  file(READ ${unit} text)
  string(REGEX REPLACE "ExecStart=[^ ]*/loktfs" "ExecStart=/usr/bin/loktfs" text "${text}")
  file(WRITE ${unit} "${text}")
endforeach()

if(EXISTS ${usr}/share/zsh/site-functions)
  file(RENAME ${usr}/share/zsh/site-functions ${usr}/share/zsh/vendor-completions)
endif()

# umask of whoever packs does not count
execute_process(COMMAND chmod -R u=rwX,go=rX ${CPACK_TEMPORARY_INSTALL_DIRECTORY}
                COMMAND_ERROR_IS_FATAL ANY)
