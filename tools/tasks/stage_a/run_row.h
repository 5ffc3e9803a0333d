#pragma once

#include <compare>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tools/training/json_values.h"

namespace fno::stage_a {

/// What makes a run the same run.
struct RunKey {
  std::string cell, change;
  std::int64_t weight_seed = 0, loader_seed = 0;
  auto operator<=>(const RunKey&) const = default;
};
/// "hybrid-noclip-batch+rate-1e-3 w20260128 o20260128"
[[nodiscard]] std::string text_of(const RunKey& key);

/// What the tables need of a line of runs.jsonl; `json` is the line itself.
struct RunRow {
  RunKey key;
  std::string part, factor, label, rule;
  int collapse_epoch = 0, first_epoch = 0, last_epoch = 0;  ///< of the detector; 0 = none
  std::optional<double> best_val_loss, final_val_loss, ssim_last, mae_last, ssim_best;
  std::vector<std::optional<double>> val_loss, spread;  ///< by epoch
  double seconds = 0;
  bool echo_ok = true;
  training::Json json;

  /// The run did something else than it was asked to; it is done again.
  [[nodiscard]] bool is_void() const { return !echo_ok; }
  /// Ended for want of memory, which says nothing of stability: a run that was done, in no rate.
  [[nodiscard]] bool out_of_memory() const { return label == "oom"; }
  /// Every outcome but healthy, recovered and oom.
  [[nodiscard]] bool collapsed() const { return label != "healthy" && label != "recovered" && !out_of_memory(); }
  /// The object is constant at the end: it broke the rule flat_object in its last epoch.
  [[nodiscard]] bool dead() const;
  /// The epoch, from 1, from which on it was; 0 if it is not.
  [[nodiscard]] int dead_since() const;
};

/// Reads a line. Errors: data, if it is not one of ours; `where` begins the message.
[[nodiscard]] RunRow run_row(const std::string& line, const std::string& where);

/// The lines of a file that whole lines are appended to. A last line without its end, left by a power cut, is not
/// there. Nothing if the file is absent. Errors: data.
[[nodiscard]] std::vector<RunRow> read_rows(const std::string& path);

/// Appends to runs.jsonl; one process at a time.
class RowFile {
 public:
  /// Opens and locks it, and cuts off a torn last line. Errors: storage, if another process has it, unless this one is
  /// to wait.
  explicit RowFile(std::string path, bool wait = false);
  ~RowFile();
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;
  /// One write, then synced: a line is there whole or not at all.
  void add(const training::Json& row);

 private:
  std::string path_;
  int fd_ = -1;
};

}  // namespace fno::stage_a
