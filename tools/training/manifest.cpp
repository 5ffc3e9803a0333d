#include "tools/training/manifest.h"

#include <array>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <gnu/libc-version.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>
#include <zlib.h>

#include "cuda/device.h"
#include "tools/training/build_info.h"
#include "tools/training/json_fields.h"

namespace fno::training {
namespace {

Json library_versions() {
  return {{"compiler", __VERSION__},
          {"libc", gnu_get_libc_version()},
          {"nlohmann_json", std::to_string(NLOHMANN_JSON_VERSION_MAJOR) + "." +
                                std::to_string(NLOHMANN_JSON_VERSION_MINOR) + "." +
                                std::to_string(NLOHMANN_JSON_VERSION_PATCH)},
          {"openssl", OpenSSL_version(OPENSSL_VERSION)},
          {"zlib", zlibVersion()}};
}

}  // namespace

Manifest::DataFile data_file(const std::string& role, const std::string& path, const std::string& sha256,
                             const std::vector<StoredArray>& arrays) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return {role, error ? path : absolute.string(), sha256, arrays};
}

namespace {

// The choice, and what was found to be used where it is not our own: with `vendor` that is what ran.
Json cuda_json(const Manifest& m) {
  Json found = Json::array();
  if (m.cuda_libraries != "own" && m.device.starts_with("cuda"))
    for (const CudaLibrary& library : cuda_libraries())
      if (library.problem.empty()) found.push_back({{"name", library.name}, {"version", library.version}});
  return {{"choice", m.cuda_libraries}, {"found", found}};
}

}  // namespace

Json manifest_json(const Manifest& m) {
  Json data = Json::array();
  for (const Manifest::DataFile& file : m.data) {
    Json arrays = Json::object();
    for (const StoredArray& a : file.arrays) arrays[a.name] = {{"type", a.type}, {"shape", a.shape}};
    data.push_back({{"role", file.role}, {"path", file.path}, {"sha256", file.sha256}, {"arrays", arrays}});
  }
  Json json = {{"program", "fno"},
               {"command_line", m.arguments},
               {"version", build::version()},
               {"git_commit", build::git_commit()},
               {"git_dirty", build::git_dirty()},
               {"build_flags", build::build_flags()},
               {"device", m.device},
               {"threads", m.threads},
               {"cpu_isa", m.cpu_isa},
               {"cuda_libraries", cuda_json(m)},
               {"libraries", library_versions()},
               {"data", data},
               {"seeds", {{"weights", m.seed}, {"order", m.loader_seed}}},
               {"parameters", {{"complex_once", m.parameters.logged}, {"complex_twice", m.parameters.real}}},
               {"start", m.start},
               {"end", m.end.empty() ? Json(nullptr) : Json(m.end)},
               {"exit_code", or_null(m.exit_code)}};
  if (m.memory)
    json["memory"] = {{"device_peak_bytes", m.memory->device_peak},
                      {"device_reserved_bytes", m.memory->device_reserved},
                      {"process_peak_bytes", m.memory->process_peak}};
  if (m.resumed_from_step) json["resumed_from_step"] = *m.resumed_from_step;
  if (!m.error.empty()) json["error"] = m.error;
  return json;
}

std::size_t process_peak_bytes() {
  std::ifstream status("/proc/self/status");
  std::size_t kib = 0;
  for (std::string word; status >> word;)
    if (word == "VmHWM:" && status >> kib) break;
  return kib << 10;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

}  // namespace fno::training
