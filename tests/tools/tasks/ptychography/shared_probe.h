#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace fno::ptychography {

/// The measured probe of the study, which is not part of this project for its licence: found under FNO_SHARED, else
/// beside the source tree. Empty if absent; what needs it is then skipped.
inline std::string shared_probe() {
  const char* folder = std::getenv("FNO_SHARED");
  const std::filesystem::path shared = folder ? folder : FNO_SOURCE_DIR "/../shared";
  const std::filesystem::path file = shared / "data/ptycho/probe_run1084.npz";
  return std::filesystem::exists(file) ? file.string() : std::string();
}

}  // namespace fno::ptychography
