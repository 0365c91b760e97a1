# Which instruction sets kernel files may be written for, and the flags that a file named after one gets:
# `x86_avx2.cc` or `<anything>_x86_avx2.cc`. Everything else is compiled for the baseline, which every
# machine of the architecture has; runtime/isa.h decides at run time which variants may be used.

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(EDGERT_BASELINE -march=x86-64-v2)
  set(EDGERT_ISA x86_avx2 x86_avx512vnni)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(arm|aarch64$)" AND CMAKE_SIZEOF_VOID_P EQUAL 4)
  # Of a 64-bit processor, too, where the system has 32 bits.
  set(EDGERT_BASELINE -march=armv7-a+fp)
  set(EDGERT_ISA armv7_neon)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  set(EDGERT_BASELINE -march=armv8-a)
  set(EDGERT_ISA arm_neon arm_fp16 arm_dotprod arm_i8mm)
else()
  set(EDGERT_BASELINE "")
  set(EDGERT_ISA "")
endif()

set(EDGERT_FLAGS_x86_avx2 -mavx2 -mfma -mf16c)
set(EDGERT_FLAGS_x86_avx512vnni
    -mavx2 -mfma -mf16c -mavx512f -mavx512bw -mavx512vl -mavx512dq -mavx512vnni)
set(EDGERT_FLAGS_armv7_neon -mfpu=neon)
set(EDGERT_FLAGS_arm_neon "")
set(EDGERT_FLAGS_arm_fp16 -march=armv8.2-a+fp16)
set(EDGERT_FLAGS_arm_dotprod -march=armv8.2-a+dotprod)
set(EDGERT_FLAGS_arm_i8mm -march=armv8.2-a+dotprod+i8mm)

# Gives the files of the list their flags and removes those of other architectures.
function(edgert_apply_isa list_name)
  set(kept "")
  foreach(source IN LISTS ${list_name})
    get_filename_component(name ${source} NAME)
    if(name MATCHES "(^|_)((x86|arm|armv7)_[a-z0-9]+)\\.cc$")
      set(isa ${CMAKE_MATCH_2})
      if(NOT DEFINED EDGERT_FLAGS_${isa})
        message(FATAL_ERROR "${source}: unknown instruction set ${isa}, see cmake/isa.cmake")
      endif()
      if(NOT isa IN_LIST EDGERT_ISA)
        continue()
      endif()
      set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "${EDGERT_FLAGS_${isa}}")
    endif()
    list(APPEND kept ${source})
  endforeach()
  set(${list_name} ${kept} PARENT_SCOPE)
endfunction()
