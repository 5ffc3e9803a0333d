#pragma once

#include <any>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cuda/device.h"
#include "framework/names.h"
#include "models/network_config.h"
#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

namespace fno::settings {

// The names in which options speak of their values are those of the enumerations themselves.
using fno::kNames, fno::name_of;

enum class ShortLastBatch { keep, drop };
/// strict: our own kernels alone, whose order of sums is known. On the CPU both mean float32 arithmetic.
enum class Precision { strict, standard };

}  // namespace fno::settings

namespace fno {

template <>
inline constexpr std::array<std::string_view, 2> kNames<settings::ShortLastBatch>{"keep", "drop"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<settings::Precision>{"strict", "default"};

}  // namespace fno

namespace fno::settings {

/// What every subcommand takes. An absent thread count means all cores.
struct CommonOptions {
  std::string device = "auto";
  std::optional<std::int64_t> threads;
  std::string cpu_isa = "auto";
  std::int64_t seed = 0;
  bool quiet = false, json = false, verbose = false;
};

struct RunSettings : CommonOptions {
  std::string task;  ///< the name of its table (setting_table.h)
  std::string data;
  std::optional<std::string> test_data;
  std::string output_dir;
  bool force = false, resume = false;
  bool profile_ops = false;
  std::optional<std::string> trace;
  std::int64_t profile_steps = 0;
  std::optional<std::string> time_limit;  ///< seconds_of() reads it
  CudaLibraries cuda_libraries{};
};

struct OptimSettings {
  int batch_size = 0;
  OptimizerSettings optimizer;
  ScheduleSettings schedule;  ///< its epochs are those of the run
  ClipSettings clip;
};

struct TrainSettings {
  std::string loss;  ///< a name of the task's
  bool log_grad_norm = false;
  std::int64_t grad_norm_log_freq = 0;
  std::optional<std::int64_t> weights_hash_freq;  ///< steps; absent: at the end of each epoch
  Precision precision{};
  std::int64_t infer_batch_size = 0;
  bool skip_bad_steps = false;
  ShortLastBatch short_last_batch{};
  std::optional<std::int64_t> loader_seed;  ///< of the order of the samples; absent: the run's seed
};

/// Where a value came from, later ones winning over earlier ones.
struct Origin {
  enum class Source { standard, file, set, flag };
  Source source = Source::standard;
  std::string label;  ///< as messages name it: "a.toml:3: optim.epochs", "--set optim.epochs", "--nepochs"
};

/// Every setting of a training run. The structs start out empty: defaults stand in the table of settings alone, so
/// build this with `resolve` or `load_settings` (resolve.h).
struct Settings {
  RunSettings run;
  /// `run.architecture` and the fields of --fno-..., under the names of the network. What only the data decide is up to
  /// the task: channels and points, and where nobody asked `modes`, 0 until `check_against_data`, and `padding`, below
  /// 0 until the task has looked at its data.
  NetworkConfig model{.modes = 0, .padding = -1.0};
  OptimSettings optim;
  TrainSettings train;
  std::any task;                          ///< the struct of settings that only this task has
  std::map<std::string, Origin> origins;  ///< by key; a key that is absent has its default

  template <class T>
  [[nodiscard]] const T& own() const {
    return std::any_cast<const T&>(task);
  }
  template <class T>
  [[nodiscard]] T& own() {
    return std::any_cast<T&>(task);
  }

  /// Whether somebody asked for this value, as opposed to its default.
  [[nodiscard]] bool given(const std::string& key) const { return origins.contains(key); }

  /// The name to use in a message about a setting: its origin where it was given, else its key.
  [[nodiscard]] std::string label(const std::string& key) const {
    const auto found = origins.find(key);
    return found == origins.end() ? key : found->second.label;
  }
};

}  // namespace fno::settings
