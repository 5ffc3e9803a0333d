#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/harness/options.h"
#include "bench/harness/work.h"

namespace fno::bench {

/// A layer, and what of it is timed: operator, forward, train.
struct LayerCase {
  LayerShape shape;
  std::vector<std::string> kinds;
};

/// The layers that the options choose: --cases among all there are, --case and --sweep included; without it these two;
/// without any the few of a default run. Errors: config, one line that names the flag.
[[nodiscard]] std::vector<LayerCase> chosen_layers(const Options& options);

/// The chosen layers as JSON, for programs that compute the same: an array of {case, batch, channels, grid, modes,
/// convention, kernel, stable, sets}.
[[nodiscard]] std::string list_of(const std::vector<LayerCase>& layers);

/// "b=8,c=48,grid=96x96,modes=20": batch, channels, grid, modes an axis; and if wanted convention, kernel (odd, points
/// an axis of the local convolution), stable (0 or 1: as the inside of a stable block). Its name is made of these.
/// Errors: config.
[[nodiscard]] LayerShape parse_layer(std::string_view text);

/// Layer L1 with one of modes, grid, batch, channels varied.
[[nodiscard]] std::vector<LayerShape> sweep(std::string_view what);

/// How many inputs take turns, so that a small case does not find its own in the caches: together 64 MiB or more, at
/// most 8.
[[nodiscard]] int input_sets(const LayerShape& layer);

}  // namespace fno::bench
