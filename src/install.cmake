# SPDX-License-Identifier: MIT
# The library for others: headers, archive or shared object, CMake package, pkg-config file. Both
# descriptions find themselves where they lie, so that an installed tree may be moved.
set(UT_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/undertone)
install(TARGETS undertone EXPORT undertone-targets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/undertone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT undertone-targets NAMESPACE undertone:: DESTINATION ${UT_CMAKE_DIR}
        FILE undertone-config.cmake)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/undertone-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/undertone-config-version.cmake DESTINATION ${UT_CMAKE_DIR})

# Who links the archive links what it needs as well; who links the shared object does not.
set(UT_PC_LIBS_PRIVATE "-lfftw3f -lliquid -lm")
if(NOT BUILD_SHARED_LIBS)
  set(UT_PC_LIBS " ${UT_PC_LIBS_PRIVATE}")
endif()
file(RELATIVE_PATH UT_PC_UP /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(undertone.pc.in undertone.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/undertone.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
