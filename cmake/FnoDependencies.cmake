# Found here, once: an imported target is known only from the folder that found it downwards.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)                       # zip archives of NPZ files
find_package(OpenSSL REQUIRED COMPONENTS Crypto)  # SHA-256
find_package(nlohmann_json 3.7 REQUIRED)
if(NOT FNO_PORTABLE)
  find_package(fmt REQUIRED)
  find_package(tomlplusplus REQUIRED)
endif()
find_package(PNG REQUIRED)
