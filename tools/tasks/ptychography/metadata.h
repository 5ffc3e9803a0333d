#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "tools/tasks/ptychography/grid_lines.h"

namespace fno::ptychography {

/// Keys stay in the order in which they were put.
using Json = nlohmann::ordered_json;

/// What a data set says about itself. A member without a value was not said, or says "none" (patches_train and the
/// members about the probe).
struct Metadata {
  std::string where;                 ///< the file, as errors name it
  bool own = false;                  ///< written by this program, so no setting may be missing
  bool present = false;              ///< there was readable metadata at all
  std::optional<std::string> split;  ///< "train", "test", "validation"

  // Settings, named and meant as in GridLines. Files of the original project lack some.
  std::optional<std::int64_t> N, gridsize, size, outer_offset_train, outer_offset_test;
  std::optional<std::int64_t> nimgs_train, nimgs_test, nimgs_validation, patches_train;
  std::optional<std::uint64_t> noise_seed;
  std::optional<double> nphotons, probe_smoothing_sigma, probe_mask_diameter;
  std::optional<bool> noise, set_phi;
  std::optional<std::string> probe_source, probe_npz, probe_npz_sha256;

  // Scales: kappa, nu, and n_Y of this split.
  std::optional<double> intensity_scale, simulation_probe_norm, norm_Y_I;
};

/// The metadata that a set of these settings has. Reads the probe file for its SHA-256. Errors: data.
[[nodiscard]] Metadata metadata_of(const GridLines& settings);

/// The settings by name, what was not said as null.
[[nodiscard]] Json settings_json(const Metadata& metadata);

/// The JSON that is stored: the groups of the original project (physics_parameters, training_parameters,
/// data_transformations, additional_parameters) with this program's settings and the scales added. Neither time nor
/// machine, so that equal settings give equal files. `split` may be null: metadata of the whole set.
[[nodiscard]] Json metadata_json(const GridLinesSet& set, const Split* split);

/// Reads what metadata_json or the original project wrote; keys are looked for in every group. Errors: data if the text
/// is not a JSON object, or a value of our own has the wrong type (in a foreign file such a value is passed over).
[[nodiscard]] Metadata parse_metadata(const std::string& text, const std::string& where);

/// Refuses a data set that is not the one asked for. Sets of the original project are held to the settings they have,
/// which must include those it always writes and set_phi. A probe file is compared by content, not by name.
///
/// Errors   config, one line naming the first key that differs, its flag, what was found and what was asked for; the
///          same if the set has no metadata
void verify_metadata(const Metadata& stored, const GridLines& wanted);

}  // namespace fno::ptychography
