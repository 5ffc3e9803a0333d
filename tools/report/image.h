#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/report/colormap.h"

namespace fno::report {

/// Numbers on a grid, row-major; row 0 is drawn at the top. One row is a 1-D function.
struct Field {
  int rows = 0, cols = 0;
  std::vector<float> values = {};  ///< rows * cols
};

/// The values at the two ends of a colormap. `low == high` draws everything in the middle colour.
struct Limits {
  double low = 0, high = 1;
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// An RGB picture, row-major from the top left, three bytes a pixel.
struct Image {
  Image(int width_px, int height_px, Rgb fill = {255, 255, 255});
  [[nodiscard]] Rgb at(int x, int y) const;
  void set(int x, int y, Rgb color);
  /// Copies `other` with its top left corner at (x, y). It must fit.
  void paste(const Image& other, int x, int y);

  int width, height;
  std::vector<std::uint8_t> rgb;
};

/// What NaN and infinity look like.
inline constexpr Rgb kNotFinite{128, 128, 128};

/// Throws Error(config), naming `what`, unless rows and cols are positive and agree with the number of values.
void check_field(const Field& field, const std::string& what);

/// Least and greatest finite value; nothing if there is none.
[[nodiscard]] std::optional<Limits> finite_range(const Field& field);

/// How many values are NaN or infinite.
[[nodiscard]] std::size_t count_not_finite(const Field& field);

/// Every value as one colour: limits.low is the first, limits.high the last, values outside take the nearer end,
/// NaN and infinity are kNotFinite. Each value becomes a square of k*k pixels (nearest neighbour), k the least integer
/// that makes the longer side `min_pixels` or more. A field with a side over `max_pixels` keeps every m-th row and
/// column only. Errors: Error(config) as check_field.
[[nodiscard]] Image render(const Field& field, Colormap map, Limits limits, int min_pixels = 1, int max_pixels = 1024);

/// The colormap from left to right.
[[nodiscard]] Image render_color_bar(Colormap map, int width, int height);

/// PNG bytes, 8-bit RGB. Error(storage) if libpng refuses.
[[nodiscard]] std::string encode_png(const Image& image);

/// Writes encode_png(image) to `path`, atomically. Error(storage) if that fails.
void write_png(const std::filesystem::path& path, const Image& image);

/// Base64 with padding (RFC 4648), for data: addresses.
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace fno::report
