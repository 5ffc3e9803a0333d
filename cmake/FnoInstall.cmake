# cmake --install and find_package(fno): libraries, headers with their folders, the program.
include(CMakePackageConfigHelpers)
install(TARGETS fno_framework fno_files fno_models fno_optim EXPORT fnoTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS fno RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY framework models optim DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fno FILES_MATCHING PATTERN "*.h")
install(DIRECTORY tools/files DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fno/tools FILES_MATCHING PATTERN "*.h"
        PATTERN formats EXCLUDE)
install(EXPORT fnoTargets NAMESPACE fno:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/fno)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/fnoConfig.cmake.in ${CMAKE_BINARY_DIR}/fnoConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/fno)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/fnoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/fnoConfig.cmake ${CMAKE_BINARY_DIR}/fnoConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/fno)
