# Compiler and linker flags of the library.

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# For everything that is linked together, tests included: int8 results are defined down to the rounding
# of each float operation, so nothing may be contracted into a fused multiply-add.
add_compile_options(-ffp-contract=off)
if(EDGERT_SANITIZE)
  add_compile_options(-fsanitize=${EDGERT_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${EDGERT_SANITIZE})
endif()

function(edgert_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion)
  if(EDGERT_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

function(edgert_library_flags target)
  edgert_warnings(${target})
  set_target_properties(${target} PROPERTIES
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${target} PRIVATE
    ${EDGERT_BASELINE} -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-math-errno -fno-trapping-math
    -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables -fno-unwind-tables)
  # -O3 everywhere would add a third to the library for loops that are never hot. At -O2 g++ vectorizes
  # plain loops only when asked to.
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O2>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE
      $<$<CONFIG:Release>:-ftree-vectorize> $<$<CONFIG:Release>:-fvect-cost-model=dynamic>)
  endif()
endfunction()

# Where the time goes: the convolutions, whose loops are unrolled by hand; and at load, the checksum.
function(edgert_optimize_hot list_name)
  foreach(source IN LISTS ${list_name})
    if(source MATCHES "/(kernels/conv/.*|runtime/checksum\\.cc)$"
       AND NOT source MATCHES "/(scalar|geometry)\\.cc$")
      set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS $<$<CONFIG:Release>:-O3>)
    endif()
  endforeach()
endfunction()

# Where it does not go: conversions of types that `elementwise` leaves out, which vectorized would be
# three times as large; loading and validating.
function(edgert_optimize_cold list_name)
  foreach(source IN LISTS ${list_name})
    if(source MATCHES "/kernels/(elementwise/cast|reduce/cumulative)\\.cc$")
      set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS -fno-tree-vectorize)
    elseif(source MATCHES "/(runtime/[a-z_]+|activation)\\.cc$"
           AND NOT source MATCHES "/(checksum|executor|thread_pool)\\.cc$")
      set_property(SOURCE ${source} APPEND PROPERTY COMPILE_OPTIONS $<$<CONFIG:Release>:-Os>)
    endif()
  endforeach()
endfunction()

if(EDGERT_GLIBC_BASELINE)
  add_compile_options(-include ${CMAKE_CURRENT_LIST_DIR}/glibc_baseline.h)
  # The functions' home before glibc 2.34; a stub since then.
  add_link_options(-Wl,--push-state,--no-as-needed -l:libpthread.so.0 -Wl,--pop-state)
endif()

# Linked by the C compiler: a symbol of the C++ runtime library is an error, so that the library runs
# wherever the C library does.
function(edgert_link_flags target)
  find_package(Threads REQUIRED)
  target_link_libraries(${target} PRIVATE Threads::Threads m)
  if(NOT EDGERT_SANITIZE)
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE C)
    target_link_options(${target} PRIVATE -Wl,--gc-sections -Wl,-z,defs -Wl,-O1)
  endif()
endfunction()
