# find_package(edgert): the targets edgert::edgert, a shared library, and edgert::edgert_static, which
# a wheel does not have.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/edgertTargets.cmake)
