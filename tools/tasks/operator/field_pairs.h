#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/tasks/operator/field_array.h"
#include "tools/training/model_description.h"

namespace fno::operators {

/// How the arrays of a file are to be taken.
struct Reading {
  std::string x_name = "x", y_name = "y";
  std::string targets = {};      ///< the file of y where it is another than that of x
  std::string layout, y_layout;  ///< empty: (samples, channels, n1 …); that of y is that of x where it says nothing
  std::optional<int> time_axis;  ///< of the array with time; below 0 from the end
  std::optional<std::int64_t> history;  ///< states in time are wanted, and so many are the input
  PerAxis<int> stride = 1;              ///< every so many points are taken, along each axis of the grid
  bool grid_ends = false;               ///< points lie at i/(n-1)
  Streaming streaming = Streaming::automatic;
};

/// What a file of pairs holds of functions on one grid.
struct FieldShape {
  std::int64_t samples = 0, inputs = 0, outputs = 0;
  std::vector<std::int64_t> grid;             ///< n1 … nd
  bool ends = false;                          ///< points lie at i/(n-1), both ends of each axis among them, not at i/n
  std::optional<std::size_t> time_axis = {};  ///< the axis of the grid that is time, if one is
  /// Of trajectories: the states of each sample, `outputs` channels each, and how many of them are the input of the
  /// next, inputs = history · outputs. 0 for pairs.
  std::int64_t times = 0, history = 0;

  [[nodiscard]] int dims() const { return static_cast<int>(grid.size()); }
  [[nodiscard]] std::int64_t points() const;  ///< of the grid
  /// States of a trajectory after the first `history`; 1 for pairs.
  [[nodiscard]] std::int64_t following() const { return history > 0 ? times - history : 1; }
  /// Of an axis of the grid, see grid_steps.
  [[nodiscard]] std::int64_t steps(std::size_t axis) const { return grid_steps(grid[axis], ends); }
};

/// Pairs of functions as a file has them.
struct FieldPairs : FieldShape {
  std::string path, sha256;                            ///< of the whole file
  std::string targets_path = {}, targets_sha256 = {};  ///< of that with y, where it is another
  /// x may lack the first grid axis of y: then it is repeated along it. Of trajectories y has all states, a row each,
  /// (samples · times, channels, n1 …), and x, what of the file was put in front of them, has no values; it may be
  /// empty.
  FieldArray x, y;
  std::string grid_axes;             ///< the letters of the grid, in its order
  std::vector<std::string> notices;  ///< of what was probably meant otherwise, with the remedy

  [[nodiscard]] bool repeats_x() const { return history == 0 && x.values.shape().size() < grid.size() + 2; }
  /// Whether there are targets. Without, `y` tells only which axes and channels they would have; or of trajectories has
  /// the states that are the input.
  [[nodiscard]] bool has_targets() const { return following() > 0 && !y.values.shape().empty(); }
  /// How it was read, in one line.
  [[nodiscard]] std::string text() const;
};

/// Reads x, of any real or complex type, and y, floating or complex. Float16 and complex numbers, Fortran order and
/// other orders of axes are converted, strides taken. If y has one grid axis more, x is to be repeated along it. For
/// trajectories see trajectories.h.
///
/// Errors   data, one line that names file and array, what was found and what is accepted: missing file or array,
///          wrong type or rank, an axis without extent, sample counts or grids that disagree, NaN or infinity (with its
///          index in the file's array). Types and shapes are judged before any element is read.
///          config: a stride of more numbers than the grid has axes, streaming of a file that cannot be streamed.
[[nodiscard]] FieldPairs read_field_pairs(const std::string& path, const Reading& reading = {});

/// The inputs for a network, with targets where the file has them or `needs_targets`. Where there are none, inputs of
/// one axis less than the network has are repeated along the first axis of its training grid, if those of training were
/// too. `whose` names the network in messages. Errors: as above; data, for other channels or dimensions than the
/// network's. Of trajectories all states are read, of which there may be no more than the network's history.
[[nodiscard]] FieldPairs read_inputs(const std::string& path, const Reading& reading, bool needs_targets,
                                     const training::ModelDescription& network, const std::string& whose);

/// Errors: data, unless `data` has these channels and dimensions; the grid is free. `whose` names where they come from.
void require_channels(const FieldPairs& data, std::int64_t inputs, std::int64_t outputs, int dims,
                      const std::string& whose);

/// Errors: data, unless `data` has so much history: none for pairs.
void require_states(const FieldPairs& data, std::int64_t history, const std::string& whose);

/// Mean and deviation of each channel over the grid and samples 0 … samples-1, summed about the first value: exact for
/// constants. A channel that varies by rounding alone counts as constant.
[[nodiscard]] training::ChannelScaling fit_scaling(const FieldValues& values, std::int64_t samples);

}  // namespace fno::operators
