#include "tools/report/image.h"

#include <algorithm>
#include <cmath>
#include <png.h>

#include "framework/error.h"
#include "tools/files/atomic_file.h"

namespace fno::report {
namespace {

constexpr std::size_t kChannels = 3;

std::size_t offset(const Image& image, int x, int y) {
  return kChannels *
         (static_cast<std::size_t>(y) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(x));
}

Rgb color_of(float value, Colormap map, Limits limits) {
  if (!std::isfinite(value)) return kNotFinite;
  const double width = limits.high - limits.low;
  return color_at(map, width > 0 ? (static_cast<double>(value) - limits.low) / width : 0.5);
}

}  // namespace

Image::Image(int width_px, int height_px, Rgb fill) : width(width_px), height(height_px) {
  require<ErrorKind::config>(width > 0 && height > 0, "image: ", width, " x ", height,
                             " pixels, both must be positive");
  rgb.resize(kChannels * static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) set(x, y, fill);
}

Rgb Image::at(int x, int y) const {
  const std::size_t i = offset(*this, x, y);
  return {rgb[i], rgb[i + 1], rgb[i + 2]};
}

void Image::set(int x, int y, Rgb color) {
  const std::size_t i = offset(*this, x, y);
  rgb[i] = color.r;
  rgb[i + 1] = color.g;
  rgb[i + 2] = color.b;
}

void Image::paste(const Image& other, int x, int y) {
  require<ErrorKind::config>(x >= 0 && y >= 0 && x + other.width <= width && y + other.height <= height,
                             "image: a picture of ", other.width, " x ", other.height, " at (", x, ", ", y,
                             ") does not fit into ", width, " x ", height);
  for (int row = 0; row < other.height; ++row) {
    const auto from = other.rgb.begin() + static_cast<std::ptrdiff_t>(offset(other, 0, row));
    std::copy_n(from, kChannels * static_cast<std::size_t>(other.width),
                rgb.begin() + static_cast<std::ptrdiff_t>(offset(*this, x, y + row)));
  }
}

void check_field(const Field& field, const std::string& what) {
  require<ErrorKind::config>(field.rows > 0 && field.cols > 0, what, ": ", field.rows, " rows x ", field.cols,
                             " columns, both must be positive");
  const std::size_t expected = static_cast<std::size_t>(field.rows) * static_cast<std::size_t>(field.cols);
  require<ErrorKind::config>(field.values.size() == expected, what, ": ", field.rows, " rows x ", field.cols,
                             " columns need ", expected, " values, got ", field.values.size());
}

std::optional<Limits> finite_range(const Field& field) {
  std::optional<Limits> range;
  for (const float value : field.values) {
    if (!std::isfinite(value)) continue;
    if (!range) range = Limits{value, value};
    range->low = std::min<double>(range->low, value);
    range->high = std::max<double>(range->high, value);
  }
  return range;
}

std::size_t count_not_finite(const Field& field) {
  return static_cast<std::size_t>(
      std::count_if(field.values.begin(), field.values.end(), [](float v) { return !std::isfinite(v); }));
}

Image render(const Field& field, Colormap map, Limits limits, int min_pixels, int max_pixels) {
  check_field(field, "picture");
  const int longer = std::max(field.rows, field.cols);
  const int stride = (longer + max_pixels - 1) / max_pixels;
  const int rows = (field.rows + stride - 1) / stride, cols = (field.cols + stride - 1) / stride;
  const int kept = std::max(rows, cols);
  const int scale = std::max(1, (min_pixels + kept - 1) / kept);
  Image image(cols * scale, rows * scale);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) {
      const std::size_t from = static_cast<std::size_t>(r * stride) * static_cast<std::size_t>(field.cols) +
                               static_cast<std::size_t>(c * stride);
      const Rgb color = color_of(field.values[from], map, limits);
      for (int y = 0; y < scale; ++y)
        for (int x = 0; x < scale; ++x) image.set(c * scale + x, r * scale + y, color);
    }
  return image;
}

Image render_color_bar(Colormap map, int width, int height) {
  Image bar(width, height);
  for (int x = 0; x < width; ++x) {
    const Rgb color = color_at(map, width > 1 ? static_cast<double>(x) / (width - 1) : 0.5);
    for (int y = 0; y < height; ++y) bar.set(x, y, color);
  }
  return bar;
}

std::string encode_png(const Image& image) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::string bytes(size, '\0');
  const int ok = png_image_write_to_memory(&png, bytes.data(), &size, 0, image.rgb.data(), 0, nullptr);
  require<ErrorKind::storage>(ok != 0, "png: ", image.width, " x ", image.height, " pixels: ", png.message);
  bytes.resize(size);
  return bytes;
}

void write_png(const std::filesystem::path& path, const Image& image) {
  write_file_atomic(path.string(), encode_png(image));
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out += k <= have ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

}  // namespace fno::report
