# What a C or C++ program needs of edgert: library, header, the package that find_package(edgert) finds,
# a file for pkg-config. A wheel has the shared library alone, below its Python package.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

if(SKBUILD)
  set(edgert_libraries edgert)
  set(edgert_library_dir edgert/_native)
  set(edgert_include_dir edgert/include)
  set(edgert_cmake_dir edgert/cmake)
else()
  set(edgert_libraries edgert edgert_static)
  set(edgert_library_dir ${CMAKE_INSTALL_LIBDIR})
  set(edgert_include_dir ${CMAKE_INSTALL_INCLUDEDIR})
  set(edgert_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/edgert)
  file(RELATIVE_PATH edgert_include_from_pkgconfig
    ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_FULL_INCLUDEDIR})
  configure_file(${CMAKE_CURRENT_LIST_DIR}/edgert.pc.in edgert.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/edgert.pc DESTINATION ${edgert_library_dir}/pkgconfig)
endif()

install(FILES include/edgert.h DESTINATION ${edgert_include_dir})
install(TARGETS ${edgert_libraries} EXPORT edgert
  LIBRARY DESTINATION ${edgert_library_dir}
  ARCHIVE DESTINATION ${edgert_library_dir}
  INCLUDES DESTINATION ${edgert_include_dir})
install(EXPORT edgert NAMESPACE edgert:: FILE edgertTargets.cmake DESTINATION ${edgert_cmake_dir})
write_basic_package_version_file(edgertConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/edgertConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/edgertConfigVersion.cmake DESTINATION ${edgert_cmake_dir})
