#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/tasks/operator/field_pairs.h"
#include "tools/training/samples.h"

namespace fno::operators {

/// Fields as networks see them: each channel without its mean, in units of its deviation. Held in memory,
/// or made of what a file has when they are asked for.
struct OperatorData : FieldShape {
  std::string targets_path = {}, targets_sha256 = {};  ///< of the file with y, where it is another
  std::string path, sha256;                            ///< of the whole file
  std::vector<StoredArray> arrays;                     ///< x and y as stored
  std::vector<std::string> x_channels, y_channels;     ///< their names
  training::ChannelScaling x_scaling, y_scaling;       ///< what was taken off, one a channel
  std::vector<float> x;  ///< (samples, inputs, n1 … nd), empty where not held and of trajectories
  std::vector<float> y;  ///< (samples, outputs, n1 … nd), of trajectories (samples, times, outputs, n1 … nd), likewise
  training::Rows::Read read_x, read_y;  ///< so many rows of them from one on, where not held

  [[nodiscard]] bool has_targets() const { return following() > 0 && (!y.empty() || read_y); }
  /// What loaders take: a view of x and y. Of a trajectory the first `history` states, and all that follow.
  operator training::SampleSource() const { return windows(following()); }
  /// Of trajectories: wherever there are `history` states and `steps` after them, one after the other.
  [[nodiscard]] training::SampleSource windows(std::int64_t steps) const;
  /// So many of them in a sample; 1 for pairs.
  [[nodiscard]] std::int64_t windows_each(std::int64_t steps) const { return following() - steps + 1; }
  [[nodiscard]] std::vector<float> input(std::int64_t sample) const;
  [[nodiscard]] std::vector<float> target(std::int64_t sample) const;
};

/// Mean and deviation of the channels of x and y in samples 0 … training-1; of trajectories those of all their states.
struct Scalings {
  training::ChannelScaling x, y;
};
[[nodiscard]] Scalings fit_scalings(const FieldPairs& pairs, std::int64_t training);

/// Takes mean and deviation off, in double, before anything becomes float32, and repeats x where it must be; what is
/// not held in `pairs` is not held either. Errors: data, for a value so far from the scaling's that float32 cannot hold
/// it, for which see also the members that read.
[[nodiscard]] OperatorData without_units(const FieldPairs& pairs, const training::ChannelScaling& x,
                                         const training::ChannelScaling& y);

/// A target that is zero everywhere: below float32's resolution of what its channel holds in training.
struct ZeroTarget {
  std::int64_t sample = 0, channel = 0;
};
[[nodiscard]] std::vector<ZeroTarget> zero_targets(const OperatorData& data);

}  // namespace fno::operators
