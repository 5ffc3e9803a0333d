# fno_kernel_set(LIBRARY SET [OPTIONS ...] SOURCES ...): the sources compiled with the options of one instruction set, as
# one object in fno::LIBRARY that shows a single symbol, fno_kernels_SET.
#
# The single symbol is what makes several sets in one program safe. An inline function or a template (std::vector's,
# std::sort's, our own) is compiled into every object that uses it, and the linker keeps one of them for the whole
# program: it may keep the one with AVX-512 for a processor without. So the objects of a set are linked into one, which
# resolves what they have in common among themselves, and all names but that of the table are made local to it. Global
# state behind an inline function is not shared with the rest of the program then: none may be.
# tests/kernel_sets.cmake looks at the objects.
function(fno_kernel_set library set)
  cmake_parse_arguments(ARG "" "" "OPTIONS;SOURCES" ${ARGN})
  set(objects fno_${library}_${set})
  add_library(${objects} OBJECT ${ARG_SOURCES})
  set_target_properties(${objects} PROPERTIES POSITION_INDEPENDENT_CODE ON INTERPROCEDURAL_OPTIMIZATION OFF)
  target_include_directories(${objects} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${objects} PRIVATE FNO_KERNEL_SET=${set})
  fno_compile_settings(${objects})
  # Sums may fuse with products here, and here alone: what is not a kernel has the same bits on every processor.
  # Unique symbols, which GCC makes of static variables in templates, objcopy would leave visible.
  target_compile_options(${objects} PRIVATE ${ARG_OPTIONS} -ffp-contract=fast
                         $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  set(all ${CMAKE_CURRENT_BINARY_DIR}/${objects}_all.o)
  set(one ${CMAKE_CURRENT_BINARY_DIR}/${objects}.o)
  add_custom_command(OUTPUT ${one}
    COMMAND ${CMAKE_LINKER} -r --force-group-allocation -o ${all} $<TARGET_OBJECTS:${objects}>
    COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=fno_kernels_${set} ${all} ${one}
    DEPENDS $<TARGET_OBJECTS:${objects}> COMMAND_EXPAND_LISTS VERBATIM COMMENT "Kernels for ${set}")
  # Make knows of objects of another target only once that is built.
  add_dependencies(fno_${library} ${objects})
  target_sources(fno_${library} PRIVATE ${one})
  set_source_files_properties(${one} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  set_property(GLOBAL APPEND PROPERTY FNO_KERNEL_SETS ${set})
  set_property(GLOBAL APPEND PROPERTY FNO_KERNEL_SET_OBJECTS ${one})
endfunction()
