# Runs the lines with which the README trains an operator on made data, as they stand there but for where the program
# lies, and holds the error that they print against the README's.
#
#   cmake -DROOT=<repository> -DFNO=<program> -DWORK=<folder> -P readme_lines.cmake

file(READ ${ROOT}/README.md readme)
string(REGEX MATCH "```sh\n(export PATH=[^\n]*\nfno simulate [^`]*)```" found "${readme}")
if(NOT found)
  message(FATAL_ERROR "README.md has no block of lines that begins with 'export PATH=' and 'fno simulate'")
endif()
set(lines "${CMAKE_MATCH_1}")
string(REGEX MATCH "relative L2 ([0-9.]+); [^\n]* ([0-9.]+)\n" promised "${lines}")
set(promised ${CMAKE_MATCH_1} ${CMAKE_MATCH_2})

file(REMOVE_RECURSE ${WORK})
cmake_path(GET FNO PARENT_PATH bin)
file(MAKE_DIRECTORY ${WORK}/build)
file(CREATE_LINK ${bin} ${WORK}/build/bin SYMBOLIC)
execute_process(COMMAND bash -euo pipefail -c "${lines}" WORKING_DIRECTORY ${WORK} OUTPUT_VARIABLE out
                ERROR_VARIABLE progress RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "exit status ${code}\n${out}\n${progress}")
endif()
string(REGEX MATCH "test relative L2 +([0-9.]+)" line "${out}")
set(reached ${CMAKE_MATCH_1})
string(REGEX MATCH "mean of the training targets: test relative L2 ([0-9.]+)" line "${out}")
list(APPEND reached ${CMAKE_MATCH_1})
message(STATUS "network and mean: ${reached}; the README says ${promised}")
foreach(is said IN ZIP_LISTS reached promised)  # another compiler rounds otherwise, which training amplifies
  execute_process(COMMAND awk "BEGIN { exit !(${is} <= 1.3 * ${said} && ${said} <= 1.3 * ${is}) }" RESULT_VARIABLE far)
  if(NOT far EQUAL 0)
    message(FATAL_ERROR "the README says ${said}, measured ${is}\n${out}")
  endif()
endforeach()
