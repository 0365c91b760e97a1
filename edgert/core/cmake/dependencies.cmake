# What the sources include besides the standard library: the headers of third_party/, what flatc made of
# the bundle's schema; for the tests, doctest as the system has it.
add_library(edgert_dependencies INTERFACE)
target_include_directories(edgert_dependencies SYSTEM INTERFACE
  ${CMAKE_CURRENT_SOURCE_DIR}/third_party
  ${CMAKE_CURRENT_SOURCE_DIR}/third_party/xxhash
  ${CMAKE_CURRENT_SOURCE_DIR}/generated)
# The name is ours alone: a program may be linked with another version of FlatBuffers, whose inline
# functions have the same names.
target_compile_definitions(edgert_dependencies INTERFACE flatbuffers=edgert_flatbuffers)

if(EDGERT_TESTS)
  find_path(EDGERT_DOCTEST_DIR doctest/doctest.h
    HINTS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH)
  if(NOT EDGERT_DOCTEST_DIR)
    message(FATAL_ERROR "the tests need doctest: sudo apt-get install doctest-dev")
  endif()
  # Linked into the build folder: when cross-compiling, /usr/include itself must not be searched.
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include)
  file(CREATE_LINK ${EDGERT_DOCTEST_DIR}/doctest ${CMAKE_BINARY_DIR}/include/doctest SYMBOLIC)
  add_library(edgert_doctest INTERFACE)
  target_include_directories(edgert_doctest SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/include)
endif()
