# Build-time dependencies, header-only: FlatBuffers (and flatc), xxHash, doctest for the tests. From the
# system where they are installed; otherwise downloaded at the pinned versions.
#
# Headers of the system are linked into the build folder one by one: when cross-compiling, /usr/include
# itself must not be searched.
include(FetchContent)

set(edgert_include ${CMAKE_BINARY_DIR}/include)
file(MAKE_DIRECTORY ${edgert_include})
add_library(edgert_dependencies INTERFACE)
target_include_directories(edgert_dependencies SYSTEM INTERFACE ${edgert_include})

# edgert_find_header(NAME RESULT): makes <NAME> (a header or a folder of headers) available.
function(edgert_find_header name probe result)
  find_path(EDGERT_${result}_DIR ${probe}
    HINTS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH)
  if(EDGERT_${result}_DIR)
    file(CREATE_LINK ${EDGERT_${result}_DIR}/${name} ${edgert_include}/${name} SYMBOLIC)
    set(EDGERT_HAVE_${result} TRUE PARENT_SCOPE)
  endif()
endfunction()

# ---- FlatBuffers ----
edgert_find_header(flatbuffers flatbuffers/flatbuffers.h FLATBUFFERS)
find_program(EDGERT_FLATC flatc)
if(NOT EDGERT_HAVE_FLATBUFFERS OR NOT EDGERT_FLATC)
  if(CMAKE_CROSSCOMPILING AND NOT EDGERT_FLATC)
    message(FATAL_ERROR "cross-compiling needs a flatc of this machine: install "
                        "flatbuffers-compiler and libflatbuffers-dev")
  endif()
  message(STATUS "FlatBuffers is not installed: downloading it")
  set(FLATBUFFERS_BUILD_TESTS OFF CACHE BOOL "" FORCE)
  set(FLATBUFFERS_INSTALL OFF CACHE BOOL "" FORCE)
  FetchContent_Declare(flatbuffers
    GIT_REPOSITORY https://github.com/google/flatbuffers.git
    GIT_TAG 0100f6a5779831fa7a651e4b67ef389a8752bd9b)  # v23.5.26
  FetchContent_MakeAvailable(flatbuffers)
  file(CREATE_LINK ${flatbuffers_SOURCE_DIR}/include/flatbuffers ${edgert_include}/flatbuffers SYMBOLIC)
  set(EDGERT_FLATC $<TARGET_FILE:flatc>)
endif()

set(edgert_schema ${CMAKE_CURRENT_SOURCE_DIR}/../edgert/schema/bundle.fbs)
set(edgert_generated ${CMAKE_BINARY_DIR}/generated/bundle_generated.h)
add_custom_command(OUTPUT ${edgert_generated}
  COMMAND ${EDGERT_FLATC} --cpp --scoped-enums -o ${CMAKE_BINARY_DIR}/generated ${edgert_schema}
  DEPENDS ${edgert_schema} VERBATIM)
add_custom_target(edgert_schema DEPENDS ${edgert_generated})
add_dependencies(edgert_dependencies edgert_schema)
target_include_directories(edgert_dependencies SYSTEM INTERFACE ${CMAKE_BINARY_DIR}/generated)

# ---- xxHash ----
edgert_find_header(xxhash.h xxhash.h XXHASH)
if(NOT EDGERT_HAVE_XXHASH)
  message(STATUS "xxHash is not installed: downloading it")
  FetchContent_Declare(xxhash
    GIT_REPOSITORY https://github.com/Cyan4973/xxHash.git
    GIT_TAG bbb27a5efb85b92a0486cf361a8635715a53f6ba)  # v0.8.2
  FetchContent_GetProperties(xxhash)
  if(NOT xxhash_POPULATED)
    FetchContent_Populate(xxhash)
  endif()
  file(CREATE_LINK ${xxhash_SOURCE_DIR}/xxhash.h ${edgert_include}/xxhash.h SYMBOLIC)
endif()

# ---- doctest ----
if(EDGERT_TESTS)
  edgert_find_header(doctest doctest/doctest.h DOCTEST)
  if(NOT EDGERT_HAVE_DOCTEST)
    message(STATUS "doctest is not installed: downloading it")
    FetchContent_Declare(doctest
      GIT_REPOSITORY https://github.com/doctest/doctest.git
      GIT_TAG ae7a13539fb71f270b87eb2e874fbac80bc8dda2)  # v2.4.11
    FetchContent_GetProperties(doctest)
    if(NOT doctest_POPULATED)
      FetchContent_Populate(doctest)
    endif()
    file(CREATE_LINK ${doctest_SOURCE_DIR}/doctest ${edgert_include}/doctest SYMBOLIC)
  endif()
endif()
