#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/tasks/ptychography/array_reader.h"

namespace fno::ptychography {

/// The arrays of a measurement as its file has them.
struct RawMeasurement {
  HostArray patterns;         ///< (n, H, W) or another order of axes; positions say n
  std::string patterns_name;  ///< as messages name it
  std::vector<double> x, y;   ///< of the beam on the object, in pixels or metres
  bool metres = false;
  std::optional<double> pixel_size;  ///< metres, where the file says enough to know it
  std::optional<HostArray> mask;
  std::string mask_name;
  std::optional<bool> ones_are_good;  ///< what the layout says of its mask
  std::string layout;                 ///< "PtyPy", "CXI"; empty: the names of PtychoPINN
};

/// What a role's array is called, the first name that the file has counts. All names stand here.
enum class Role { diffraction, probe, x, y, mask, object };
[[nodiscard]] std::optional<std::string> name_in(const ArrayFile& file, Role role);
[[nodiscard]] std::string names_of_role(Role role);

[[nodiscard]] bool has_measurement(const ArrayFile& file);
/// Errors: data.
[[nodiscard]] RawMeasurement read_raw(ArrayReader& reader);

}  // namespace fno::ptychography
