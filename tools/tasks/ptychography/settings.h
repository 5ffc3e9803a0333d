#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "tools/settings/setting_table.h"
#include "tools/tasks/ptychography/measurement.h"

namespace fno::ptychography {

/// Named sets of defaults of the Stage A study (its specification, section 11).
enum class StudyProfile { replica, clean };

/// How much too large the physics makes its prediction (Stage A specification, section 3.2).
struct ProbeGain {
  bool batch = false;  ///< the number of samples of the batch, as the published code very probably had it
  double fixed = 1;
};
/// "batch", "1" or "fixed:G" with G > 0; nullopt for any other text.
[[nodiscard]] std::optional<ProbeGain> probe_gain(const std::string& text);

/// Settings that --task ptychography has for itself, and how it reads a measurement.
struct PtychographySettings : MeasurementReading {
  std::optional<std::string> validation_data;  ///< absent: the test data
  std::string probe_gain;                      ///< as typed
  bool no_gate = false;
  std::optional<std::int64_t> nimgs_test, outer_offset_test;  ///< for test files that do not say
  std::optional<StudyProfile> study_profile;

  [[nodiscard]] ProbeGain gain() const { return ptychography::probe_gain(probe_gain).value(); }
};

[[nodiscard]] settings::TaskTable settings_table();

}  // namespace fno::ptychography

namespace fno {

template <>
inline constexpr std::array<std::string_view, 2> kNames<ptychography::StudyProfile>{"replica", "clean"};

}  // namespace fno
