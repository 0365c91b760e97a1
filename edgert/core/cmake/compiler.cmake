# Included before project(), whose own message about a missing compiler is a page long.

# edgert_need_compiler(C CC g++ cc gcc clang): stops where neither CMake nor the environment variable
# (CC) names a compiler that is there, nor one of those listed is. `g++` is the package to install.
function(edgert_need_compiler language variable package)
  if(CMAKE_TOOLCHAIN_FILE OR CMAKE_${language}_COMPILER OR WIN32)
    return()
  endif()
  set(candidates ${ARGN})
  if(NOT "$ENV{${variable}}" STREQUAL "")
    separate_arguments(candidates UNIX_COMMAND "$ENV{${variable}}")
    list(GET candidates 0 candidates)
  endif()
  find_program(EDGERT_${variable} NAMES ${candidates})
  if(NOT EDGERT_${variable})
    list(JOIN candidates ", " candidates)
    # Two spaces: CMake breaks no line that begins so.
    message(FATAL_ERROR "  edgert needs a C++ compiler (${candidates}): sudo apt-get install ${package}")
  endif()
endfunction()

edgert_need_compiler(CXX CXX g++ c++ g++ clang++)
edgert_need_compiler(C CC g++ cc gcc clang)
