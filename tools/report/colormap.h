#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace fno::report {

/// One sRGB colour, 8 bits a channel.
struct Rgb {
  std::uint8_t r = 0, g = 0, b = 0;
  friend bool operator==(const Rgb&, const Rgb&) = default;
};

/// "#1c2128"
[[nodiscard]] std::string hex_text(Rgb color);

/// How a number becomes a colour.
///
///     viridis    magnitudes; lightness rises evenly, so it survives grey printing
///     magma      errors; black at zero
///     twilight   phases; both ends are the same colour
///     diverging  signed values; blue, near-white at the middle, red
///
/// Source   viridis, magma, twilight: 33 samples of the matplotlib maps of those names (van der Walt, Smith,
///          Bechtold; CC0), joined linearly, within 2/255 of the original. diverging: our own, two OKLCH rays of
///          equal lightness (hues 258 and 27 degrees) from 0.40 to 0.97.
enum class Colormap { viridis, magma, twilight, diverging };

/// The control points, evenly spaced over [0, 1], to be joined linearly in sRGB.
[[nodiscard]] std::span<const Rgb> control_points(Colormap map);

/// The colour at t. Values outside [0, 1] take the nearer end; t must not be NaN.
[[nodiscard]] Rgb color_at(Colormap map, double t);

}  // namespace fno::report
