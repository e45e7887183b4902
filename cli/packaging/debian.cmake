# `cpack` in the build directory makes a Debian package: dependencies as dpkg-shlibdeps finds them,
# what Debian's policy asks for added by debian-finish.cmake.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME loktfs)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "loktfs authors <${LOKT_MAINTAINER}>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "locks as files: touch takes, rm gives back")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"A directory in which every file is a held lock: exactly one touch succeeds,
only its holder can remove it, and it ends by its time or with its process.
Scripts, coding agents and people need nothing but ordinary file operations;
the command lokt waits, guards other commands and shows what is held.
.
The locks survive the daemon and power failures, and can be shared between
machines by a git remote.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS fuse3)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS git)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian-finish.cmake)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/postinst)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_LOKT_SOURCE_DIR ${PROJECT_SOURCE_DIR})
include(CPack)
