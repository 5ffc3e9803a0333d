# Nothing that is compiled for one instruction set may come into use outside its set (cmake/FnoKernelSets.cmake).
#   cmake -DOBJECTS=<each set's object> -DCOMMANDS=<compile_commands.json> -DNM= -DOBJDUMP= -P kernel_sets.cmake
cmake_minimum_required(VERSION 3.25)

# visible_symbols(OBJECT OUT): what the linker could take from the object for the rest of the program.
function(visible_symbols object out)
  execute_process(COMMAND ${NM} --defined-only --extern-only --format=posix ${object} OUTPUT_VARIABLE text
                  COMMAND_ERROR_IS_FATAL ANY)
  string(STRIP "${text}" text)
  string(REGEX REPLACE " [^\n]*(\n|$)" ";" names "${text}")
  string(REGEX REPLACE ";$" "" names "${names}")
  set(${out} "${names}" PARENT_SCOPE)
endfunction()

foreach(object ${OBJECTS})
  string(REGEX MATCH "[a-z0-9]+\\.o$" set ${object})
  string(REPLACE ".o" "" set ${set})
  visible_symbols(${object} names)
  if(NOT names STREQUAL "fno_kernels_${set}")
    message(FATAL_ERROR "${object} shows ${names}; accepted: fno_kernels_${set} alone")
  endif()

  # Before names were made local there must have been many, or this test has looked at nothing.
  string(REPLACE ".o" "_all.o" all ${object})
  visible_symbols(${all} names)
  list(LENGTH names count)
  if(count LESS 50)
    message(FATAL_ERROR "${all} shows ${count} names; expected: hundreds")
  endif()

  # Code that runs before main would run on every processor; variables of inline functions would be there twice.
  execute_process(COMMAND ${OBJDUMP} --section-headers ${object} OUTPUT_VARIABLE sections COMMAND_ERROR_IS_FATAL ANY)
  if(sections MATCHES "\\.(init_array|ctors)")
    message(FATAL_ERROR "${object} has code that runs before main")
  endif()
  execute_process(COMMAND ${OBJDUMP} --syms ${all} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "\n[0-9a-f]+ (u.|.w)..... \\.t?(bss|data)[^\n]*" variables "${symbols}")
  list(FILTER variables EXCLUDE REGEX "\\.data\\.rel\\.(ro|local)|_Z(GV)?ZN3fno3cpu")  # constants; what kernels remember
  if(variables)
    message(FATAL_ERROR "${all} has its own copy of a variable that the rest of the program may have:${variables}")
  endif()
  message("${set}: one name of ${count} is visible")
endforeach()

# What is not a kernel asks for no more than the architecture's plainest processor.
file(STRINGS ${COMMANDS} lines REGEX "\"command\":.* -m(arch|cpu|avx|fma|sse|bmi)")
foreach(line ${lines})
  if(NOT line MATCHES "FNO_KERNEL_SET=")
    message(FATAL_ERROR "compiled for one instruction set and not a kernel: ${line}")
  endif()
endforeach()
