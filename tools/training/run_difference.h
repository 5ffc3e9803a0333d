#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fno::training {

/// Where two runs part, as their directories tell it. They may be under way, stopped or finished.
struct RunDifference {
  struct Pair {
    std::string name, first, second;  ///< values as text; empty where a run has none
  };
  /// Settings whose values differ, by key; those that change no number apart.
  std::vector<Pair> settings, idle_settings;
  /// What else differs of what may change numbers: program, device, data files, …
  std::vector<Pair> surroundings;

  std::int64_t steps[2] = {0, 0};  ///< in each metrics.jsonl
  std::int64_t compared = 0;       ///< that both have

  /// The first step at which a logged number differs, counted from 0, and its epoch, and the numbers.
  struct Step {
    std::int64_t step = 0, epoch = 0;
    std::vector<Pair> numbers;
  };
  std::optional<Step> parts;

  /// The first step after which hashes of weights differ, where both runs logged them.
  struct Weights {
    std::int64_t step = 0;
    std::vector<std::string> tensors;  ///< that differ, in the order of the network
    std::int64_t of = 0;               ///< tensors of the network
  };
  std::optional<Weights> weights;
  std::int64_t hashed = 0;                 ///< steps at which both logged hashes
  std::optional<std::int64_t> last_equal;  ///< the last such step, before they part, with equal weights

  [[nodiscard]] bool same() const { return !parts && !weights && compared == steps[0] && compared == steps[1]; }
};

/// Reads config.toml, manifest.json and metrics.jsonl of both. Of what is logged, speed is not compared.
/// Errors: data, naming a file that is missing or damaged.
[[nodiscard]] RunDifference difference_of(const std::filesystem::path& first, const std::filesystem::path& second);

}  // namespace fno::training
