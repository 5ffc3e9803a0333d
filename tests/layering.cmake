# The arrows between the rooms: fails if an include points against them.
#
#   framework <- files, models, optim, cuda <- settings <- training (with report) <- tasks <- commands <- fno.cpp
#   framework, files <- onnx <- commands
#
# Inside framework: error -> kernels -> tensor -> autograd -> ops, and checks beside ops; cpu sees contracts alone, tracing
# besides what it measures the CPU with. A page knows no run, files know errors alone, a task knows no other, except that the study
# Stage A is one of ptychography.
#
#   cmake -DROOT=<repository> -DWORK=<a folder to plant a wrong include in> -P layering.cmake

cmake_minimum_required(VERSION 3.25)

# Includes that still break the rules, as FILE>INCLUDE. They are printed; the list is to become empty and to stay so.
set(known)

# rule(ROOM what it may include...): files of a room and of its subfolders may include each other and what begins so.
# FLAT: only the files that lie directly in it; a subfolder is then another room and needs a rule.
function(rule room)
  cmake_parse_arguments(ARG FLAT "" "" ${ARGN})
  set_property(GLOBAL PROPERTY "may:${room}" "${room}/" ${ARG_UNPARSED_ARGUMENTS})
  set_property(GLOBAL PROPERTY "flat:${room}" ${ARG_FLAT})
endfunction()

set(base "framework/[a-z_]+\\.h")  # error.h and its neighbours
set(tensors ${base} framework/kernels/ framework/tensor/ framework/autograd/ framework/ops/)
set(below_settings framework/ models/ optim/ cuda/device\\.h tools/files/)
set(below_tasks ${below_settings} tools/settings/ tools/training/ tools/report/)

rule(framework FLAT)
rule(framework/kernels ${base})
rule(framework/tensor ${base} framework/kernels/)
rule(framework/autograd ${base} framework/kernels/ framework/tensor/)
rule(framework/ops ${tensors})
rule(framework/cpu ${base} framework/kernels/ framework/tensor/philox\\.h)
rule(framework/tracing ${base} framework/kernels/ framework/cpu/threads\\.h framework/cpu/kernel_set\\.h)
rule(framework/checks ${base} framework/kernels/ framework/tensor/ framework/autograd/)
rule(models ${tensors})
rule(optim ${tensors})
rule(cuda ${base} framework/kernels/ framework/tensor/philox\\.h)
rule(tools/files ${base})
rule(tools/onnx ${base} framework/kernels/ tools/files/)
rule(tools/settings ${below_settings})
rule(tools/report ${base} tools/files/)
rule(tools/training ${below_settings} tools/settings/ tools/report/)
rule(tools/tasks FLAT ${below_tasks} tools/tasks/)  # a task: see find_rule
rule(tools/tasks/stage_a ${below_tasks} tools/tasks/ptychography/)
rule(tools/commands ${below_tasks} tools/tasks/ tools/onnx/)
rule(tools FLAT ${base} tools/files/ tools/settings/ tools/training/ tools/commands/)

# find_rule(FILE OUT): what the file may include; not set where its folder has no rule.
function(find_rule file out)
  cmake_path(GET file PARENT_PATH folder)
  set(room ${folder})
  while(NOT room STREQUAL "")
    get_property(may GLOBAL PROPERTY "may:${room}")
    get_property(flat GLOBAL PROPERTY "flat:${room}")
    if(NOT may AND room MATCHES "^tools/tasks/[^/]+$")
      set(may "${room}/" ${below_tasks})
    endif()
    if(may)
      if(NOT flat OR room STREQUAL folder)
        set(${out} ${may} PARENT_SCOPE)
      endif()
      return()
    endif()
    cmake_path(GET room PARENT_PATH room)
  endwhile()
endfunction()

# scan(ROOT OUT): every include of the tree that no rule allows, as FILE>INCLUDE.
function(scan root out)
  set(wrong "")
  foreach(top framework models optim cuda tools)
    file(GLOB_RECURSE files RELATIVE ${root} ${root}/${top}/*.h ${root}/${top}/*.cpp ${root}/${top}/*.cu
         ${root}/${top}/*.cuh)
    foreach(file ${files})
      unset(may)
      find_rule(${file} may)
      if(NOT may)
        list(APPEND wrong "${file}>a folder without a rule in tests/layering.cmake")
        continue()
      endif()
      list(JOIN may "|" pattern)
      file(STRINGS ${root}/${file} lines REGEX "^[ \t]*#[ \t]*include[ \t]*\"")
      foreach(line ${lines})
        string(REGEX REPLACE "^[^\"]*\"([^\"]*)\".*" "\\1" include "${line}")
        if(NOT include MATCHES "^(${pattern})")
          list(APPEND wrong "${file}>${include}")
        endif()
      endforeach()
    endforeach()
  endforeach()
  set(${out} "${wrong}" PARENT_SCOPE)
endfunction()

# What must be caught is: a tree with one wrong include in each of these files, beside right ones.
set(planted
    "cuda/a.cu>framework/tensor/tensor.h"
    "framework/kernels/a.h>framework/cpu/fft.h"
    "framework/new_room/a.h>a folder without a rule in tests/layering.cmake"
    "models/a.cpp>optim/clip.h"
    "tools/commands/compare/a.cpp>tools/fno.h"
    "tools/files/a.h>framework/tensor/tensor.h"
    "tools/new_room/a.cpp>a folder without a rule in tests/layering.cmake"
    "tools/onnx/a.cpp>models/model.h"
    "tools/report/a.cpp>tools/settings/settings.h"
    "tools/settings/a.h>tools/training/task.h"
    "tools/tasks/operator/a.cpp>tools/tasks/ptychography/task.h"
    "tools/tasks/ptychography/a.cpp>tools/tasks/stage_a/study.h"
    "tools/training/a.cpp>tools/tasks/operator/operator_task.h"
    "tools/training/b.cpp>loader.h")
file(REMOVE_RECURSE ${WORK})
foreach(pair ${planted})
  string(REPLACE ">" ";" pair "${pair}")
  list(GET pair 0 file)
  list(GET pair 1 include)
  file(WRITE ${WORK}/${file} "#include <map>\n#include \"framework/error.h\"\n  #  include \"${include}\"\n")
endforeach()
file(WRITE ${WORK}/tools/tasks/stage_a/a.cpp "#include \"tools/tasks/ptychography/task.h\"\n")
file(WRITE ${WORK}/tools/tasks/tasks.cpp "#include \"tools/tasks/new_task/task.h\"\n")
file(WRITE ${WORK}/tools/tasks/new_task/task.cpp "#include \"tools/tasks/new_task/deep/a.h\"\n")
scan(${WORK} caught)
list(SORT caught)
if(NOT caught STREQUAL planted)
  message(FATAL_ERROR "planted ${planted}\nbut caught ${caught}")
endif()

scan(${ROOT} wrong)
foreach(pair ${wrong})
  string(REPLACE ">" " includes " words "${pair}")
  if(pair IN_LIST known)
    message(STATUS "known: ${words}")
  else()
    message(SEND_ERROR "against the arrows: ${words}")
  endif()
endforeach()
foreach(pair ${known})
  if(NOT pair IN_LIST wrong)
    message(STATUS "no longer wrong, take it off the list: ${pair}")
  endif()
endforeach()
