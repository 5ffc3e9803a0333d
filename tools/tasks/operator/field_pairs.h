#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/files/stored_array.h"
#include "tools/tasks/operator/field_values.h"
#include "tools/tasks/operator/layout.h"
#include "tools/training/model_description.h"

namespace fno::operators {

/// Whether samples are held in memory or read when their batch is due. `automatic`: where x and y as float32 would take
/// more than 512 MiB and the file gives any sample at the cost of that sample.
enum class Streaming { automatic, on, off };

/// How the arrays of a file are to be taken.
struct Reading {
  std::string x_name = "x", y_name = "y";
  std::string layout, y_layout;  ///< empty: (samples, channels, n1 …); that of y is that of x where it says nothing
  Streaming streaming = Streaming::automatic;
};

/// What a file of pairs holds of functions on one grid.
struct FieldShape {
  std::int64_t samples = 0, inputs = 0, outputs = 0;
  std::vector<std::int64_t> grid;  ///< n1 … nd

  [[nodiscard]] int dims() const { return static_cast<int>(grid.size()); }
  [[nodiscard]] std::int64_t points() const;  ///< of the grid
};

/// "16 x 16".
[[nodiscard]] std::string grid_text(std::span<const std::int64_t> grid);

/// An array of fields in the units and the type of its file.
struct FieldArray {
  StoredArray stored;  ///< as the file has it
  Layout axes;         ///< those in the file
  FieldValues values;
  std::vector<std::string> channels;  ///< their names: y; y0, y1 …; y.re, y.im
  double least = 0, greatest = 0;
  std::string converted;  ///< what was done to it beside a change of type; may be empty
};

/// Whether channels of these names are the real and imaginary parts of complex fields.
[[nodiscard]] bool are_complex(const std::vector<std::string>& channels);

/// Pairs of functions as a file has them.
struct FieldPairs : FieldShape {
  std::string path, sha256;          ///< of the whole file
  FieldArray x, y;                   ///< x may lack the first grid axis of y: then it is repeated along it
  std::string grid_axes;             ///< the letters of the grid, in its order
  std::vector<std::string> notices;  ///< of what was probably meant otherwise, with the remedy

  [[nodiscard]] bool repeats_x() const { return x.values.shape().size() < grid.size() + 2; }
  /// Whether there are targets. Without, `y` tells only which axes and channels they would have.
  [[nodiscard]] bool has_targets() const { return !y.values.shape().empty(); }
  /// How it was read, in one line.
  [[nodiscard]] std::string text() const;
};

/// Reads x, of any real or complex type, and y, floating or complex. Float16 and complex numbers, Fortran order and
/// other orders of axes are converted. If y has one grid axis more, x is to be repeated along it.
///
/// Errors   data, one line that names file and array, what was found and what is accepted: missing file or array,
///          wrong type or rank, an axis without extent, sample counts or grids that disagree, NaN or infinity (with its
///          index in the file's array). Types and shapes are judged before any element is read.
///          config, for streaming of a file that cannot be streamed.
[[nodiscard]] FieldPairs read_field_pairs(const std::string& path, const Reading& reading = {});

/// The inputs for a network, with targets where the file has them or `needs_targets`. Where there are none, inputs of
/// one axis less than the network has are repeated along the first axis of its training grid, if those of training were
/// too. `whose` names the network in messages. Errors: as above; data, for other channels or dimensions than the
/// network's.
[[nodiscard]] FieldPairs read_inputs(const std::string& path, const Reading& reading, bool needs_targets,
                                     const training::ModelDescription& network, const std::string& whose);

/// Errors: data, unless `data` has these channels and dimensions; the grid is free. `whose` names where they come from.
void require_channels(const FieldPairs& data, std::int64_t inputs, std::int64_t outputs, int dims,
                      const std::string& whose);

/// Mean and deviation of each channel over the grid and samples 0 … samples-1, summed about the first value: exact for
/// constants. A channel that varies by rounding alone counts as constant.
[[nodiscard]] training::ChannelScaling fit_scaling(const FieldValues& values, std::int64_t samples);

}  // namespace fno::operators
