# Run as a script at every build: writes build_info.cpp anew if commit, state or flags have changed.
# Variables: SOURCE_DIR TEMPLATE OUTPUT FNO_VERSION FNO_BUILD_FLAGS
set(FNO_GIT_COMMIT unknown)
set(FNO_GIT_DIRTY false)
find_program(GIT git)
if(GIT AND EXISTS ${SOURCE_DIR}/.git)
  execute_process(COMMAND ${GIT} rev-parse HEAD WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE commit
                  OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(FNO_GIT_COMMIT ${commit})
    execute_process(COMMAND ${GIT} status --porcelain --untracked-files=no WORKING_DIRECTORY ${SOURCE_DIR}
                    OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes)
      set(FNO_GIT_DIRTY true)
    endif()
  endif()
endif()
configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
