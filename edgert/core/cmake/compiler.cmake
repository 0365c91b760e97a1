# Included before project(), whose own message about a missing compiler is a page long.
if(NOT CMAKE_TOOLCHAIN_FILE AND NOT WIN32)
  if(NOT CMAKE_CXX_COMPILER AND NOT DEFINED ENV{CXX})
    find_program(EDGERT_CXX NAMES c++ g++ clang++)
    if(NOT EDGERT_CXX)
      message(FATAL_ERROR "edgert needs a C++17 compiler, and there is none: install g++ or clang++ "
                          "(on Debian: sudo apt-get install g++) or name one in CXX")
    endif()
  endif()
  if(NOT CMAKE_C_COMPILER AND NOT DEFINED ENV{CC})
    find_program(EDGERT_CC NAMES cc gcc clang)
    if(NOT EDGERT_CC)
      message(FATAL_ERROR "edgert needs a C compiler, and there is none: install gcc or clang "
                          "(on Debian: sudo apt-get install gcc) or name one in CC")
    endif()
  endif()
endif()
