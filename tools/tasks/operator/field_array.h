#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "framework/ops/spectral.h"
#include "tools/files/array_file.h"
#include "tools/files/stored_array.h"
#include "tools/tasks/operator/field_values.h"
#include "tools/tasks/operator/layout.h"

namespace fno::operators {

/// "file: array 'name'", as messages begin.
[[nodiscard]] std::string where(const std::string& path, const std::string& name);

/// An array of fields in the units and the type of its file.
struct FieldArray {
  StoredArray stored;  ///< as the file has it
  Layout axes;         ///< those in the file
  FieldValues values;
  std::vector<std::string> channels;  ///< their names: y; y0, y1 …; y.re, y.im
  double least = 0, greatest = 0;
  std::string converted;  ///< what was done to it beside a change of type; may be empty

  /// "2 channels (y0, y1), float32, -3 to 4, axes nhwc".
  [[nodiscard]] std::string text() const;
};

/// Whether channels of these names are the real and imaginary parts of complex fields.
[[nodiscard]] bool are_complex(const std::vector<std::string>& channels);

/// Whether a file holds one array without a name, as NPY does; it is called x.
[[nodiscard]] bool has_one_nameless(const ArrayFile& file);

/// What a file says of an array, by a name that `flag` can change. Errors: data, naming the arrays that it has.
[[nodiscard]] ArrayInfo find_array(const ArrayFile& file, const std::string& name, const char* flag);

/// Errors: data, unless it is of a floating or complex type, or of integers where those will do, and has no axis
/// without extent. `what` begins the message.
void check_type(const ArrayInfo& header, const std::string& what, bool integers);

/// The axes of an array: as given, else `fallback`. Errors: data, where there are none or not so many.
[[nodiscard]] Layout layout_for(const std::string& given, const ArrayInfo& header, const std::string& what,
                                const char* flag, const Layout& fallback);

/// The part `letters` of the grid, with its strides: one for all axes, or one an axis.
[[nodiscard]] GridAxes strided(const std::string& letters, const std::string& grid, const PerAxis<int>& stride);

/// How an array is taken.
struct ArrayUse {
  Layout layout;       ///< a letter an axis
  GridAxes grid = {};  ///< what of it becomes the grid
  bool named = false;  ///< the layout is to be said
  bool later = false;  ///< read where it is wanted; samples are its first axis
};

/// Reads an array, or looks at all of it and reads it later. Errors: data, for a number that is not finite, with its
/// index in the file's array.
[[nodiscard]] FieldArray read_field(const std::shared_ptr<const ArrayFile>& file, const ArrayInfo& header,
                                    const ArrayUse& use);

/// What people bring by mistake, with the remedy: no axis of channels, channels last, one simulation of many steps.
/// Empty where nothing is suspicious. `shape`: (samples, channels, n1 …), `of`: what the samples are.
[[nodiscard]] std::string suspicion(const std::string& path, const FieldArray& field,
                                    const std::vector<std::int64_t>& shape, const std::string& of, const char* flag);

/// Whether samples are held in memory or read when their batch is due. `automatic`: where the arrays as float32 would
/// take more than 512 MiB and the file gives any sample at the cost of that sample.
enum class Streaming { automatic, on, off };

/// Whether arrays of these axes are read batch by batch. Errors: config, where they are to be and cannot.
[[nodiscard]] bool streams(const std::string& path, Streaming streaming, std::initializer_list<const ArrayInfo*> arrays,
                           std::initializer_list<const Layout*> layouts);

/// "16 x 16".
[[nodiscard]] std::string grid_text(std::span<const std::int64_t> grid);

}  // namespace fno::operators
