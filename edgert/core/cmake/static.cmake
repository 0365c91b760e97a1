# edgert_add_static(OBJECTS): the static library edgert_static of an object library.
#
# Kernels register themselves while the program starts, and a linker takes from an archive only members
# that something refers to. So the archive has one member, which a linker such as `ld -r` makes of all
# objects: whoever calls one function of edgert gets every kernel, without flags such as --whole-archive.
function(edgert_add_static objects)
  set(member ${CMAKE_CURRENT_BINARY_DIR}/libedgert.o)
  add_custom_command(OUTPUT ${member}
    COMMAND ${CMAKE_C_COMPILER} -nostdlib -r -o ${member} $<TARGET_OBJECTS:${objects}>
    DEPENDS ${objects} $<TARGET_OBJECTS:${objects}>
    COMMAND_EXPAND_LISTS VERBATIM)
  add_library(edgert_static STATIC ${member})
  set_target_properties(edgert_static PROPERTIES LINKER_LANGUAGE C OUTPUT_NAME edgert)
  add_library(edgert::edgert_static ALIAS edgert_static)
  target_include_directories(edgert_static
    INTERFACE $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>)
  target_link_libraries(edgert_static INTERFACE Threads::Threads m)
endfunction()
