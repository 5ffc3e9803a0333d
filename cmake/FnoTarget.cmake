# fno_library(NAME SOURCES ... [PUBLIC deps] [PRIVATE deps]): one static library a folder, alias fno::NAME, headers
# included from the root of the project. Where the time goes are kernels (FnoKernelSets.cmake), which keep the release
# level -O3; everything else is compiled at -O1, which keeps the build short.
function(fno_compile_settings target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow $<$<BOOL:${FNO_WERROR}>:-Werror>
                         # Nothing reads errno or traps. No option here asks for more than the architecture's
                         # plainest processor, and none contracts to fma: see FnoKernelSets.cmake.
                         -fno-math-errno -fno-trapping-math -ffp-contract=off
                         # GCC 12 warns of overlaps and uninitialised parts inside its own strings (PR 105329, 105562).
                         $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized>
                         # Jobs and configs are filled by name; what is left out has its default.
                         -Wno-missing-field-initializers)
  if(FNO_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${FNO_SANITIZE} -fno-omit-frame-pointer -g)
    target_link_options(${target} PUBLIC -fsanitize=${FNO_SANITIZE})
  endif()
endfunction()

function(fno_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(fno_${name} STATIC ${ARG_SOURCES})
  set_source_files_properties(${ARG_SOURCES} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-O1>)
  add_library(fno::${name} ALIAS fno_${name})
  set_target_properties(fno_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_include_directories(fno_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/fno>)
  target_link_libraries(fno_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  fno_compile_settings(fno_${name})
endfunction()
