# SPDX-License-Identifier: MIT
install(TARGETS undertone EXPORT undertone-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/undertone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT undertone-targets NAMESPACE undertone::
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/undertone FILE undertone-config.cmake)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/undertone-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/undertone-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/undertone)
configure_file(undertone.pc.in undertone.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/undertone.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
