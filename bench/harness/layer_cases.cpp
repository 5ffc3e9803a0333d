#include "bench/harness/layer_cases.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <nlohmann/json.hpp>

#include "framework/error.h"

namespace fno::bench {
namespace {

constexpr std::string_view kDefaults[] = {"B1", "D1", "L1", "N1", "P32"};
const std::vector<std::string> kAllKinds = {"operator", "forward", "train"};

LayerShape layer(std::string name, int batch, int channels, std::vector<int> grid, int modes,
                 ModeConvention convention = ModeConvention::classic) {
  return {.name = std::move(name),
          .batch = batch,
          .channels = channels,
          .grid = std::move(grid),
          .modes = modes,
          .convention = convention};
}

LayerShape stable_block(const std::string& name, int channels, int side) {
  LayerShape l = layer(name, 16, channels, {side, side}, 12, ModeConvention::corner);
  l.kernel = 3;
  l.stable = true;
  return l;
}

// A level of the U-shaped hybrid: twice the channels at half the side, the modes capped there.
LayerShape hybrid_level(int side, int modes) {
  LayerShape l = layer(fmt::format("H{}", side), 16, 32 * 64 / side, {side, side}, modes, ModeConvention::corner);
  l.kernel = 3;
  return l;
}

const std::vector<LayerShape>& named_layers() {
  static const std::vector<LayerShape> all = {
      layer("B1", 20, 64, {1024}, 16),
      layer("B2", 20, 64, {2048}, 16),
      layer("B3", 20, 64, {8192}, 16),
      layer("D1", 20, 32, {85, 85}, 12),
      layer("D2", 20, 32, {141, 141}, 12),
      layer("D3", 20, 32, {211, 211}, 12),
      layer("D4", 4, 32, {421, 421}, 12),
      layer("D5", 64, 32, {265, 265}, 12),
      layer("L1", 16, 32, {64, 64}, 12),
      layer("L1-centered", 16, 32, {64, 64}, 12, ModeConvention::centered),
      layer("L1-corner", 16, 32, {64, 64}, 12, ModeConvention::corner),
      layer("N1", 20, 20, {64, 64}, 12),
      layer("N2", 16, 64, {256, 256}, 16),
      layer("N3", 10, 20, {64, 64, 20}, 8),
      layer("N4", 10, 20, {64, 64, 40}, 8),
      stable_block("P32", 32, 64),
      stable_block("P64", 64, 64),
      stable_block("P128", 128, 64),
      stable_block("P256", 256, 64),
      stable_block("P512", 512, 64),
      stable_block("P64L", 64, 128),
      hybrid_level(64, 12),
      hybrid_level(32, 12),
      hybrid_level(16, 8),
      hybrid_level(8, 4),
      hybrid_level(4, 2),
  };
  return all;
}

std::string name_of_shape(const LayerShape& l) {
  std::string name = fmt::format("b{}-c{}-{}-m{}", l.batch, l.channels, fmt::join(l.grid, "x"), l.modes);
  if (l.convention != ModeConvention::classic) name += fmt::format("-{}", name_of(l.convention));
  if (l.kernel != 1) name += fmt::format("-k{}", l.kernel);
  if (l.stable) name += "-stable";
  return name;
}

int number(std::string_view key, std::string_view text, int least = 1, int most = 65536) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require<ErrorKind::config>(
      error == std::errc() && end == text.data() + text.size() && value >= least && value <= most, "--case: ", key,
      ": found '", text, "', a whole number from ", least, " to ", most, " is needed");
  return value;
}

std::vector<int> grid_of(std::string_view text) {
  std::vector<int> grid;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t x = std::min(text.find('x', at), text.size());
    grid.push_back(number("grid", text.substr(at, x - at), 2));
    at = x + 1;
  }
  require<ErrorKind::config>(grid.size() <= 3, "--case: grid: found '", text, "', 1 to 3 axes as 96x96 are needed");
  return grid;
}

void require_fitting(const LayerShape& l) {
  require<ErrorKind::config>(l.kernel % 2 == 1, "--case: kernel: found ", l.kernel, ", an odd number is needed");
  for (std::size_t axis = 0; axis < l.grid.size() && l.convention != ModeConvention::corner; ++axis) {
    const int most = most_modes(l.convention, l.grid[axis], axis + 1 == l.grid.size());
    require<ErrorKind::config>(l.modes <= most, "--case: modes: found ", l.modes, ", an axis of ", l.grid[axis],
                               " points has at most ", most, " in the ", name_of(l.convention), " convention");
  }
}

}  // namespace

LayerShape parse_layer(std::string_view text) {
  std::map<std::string, std::string> given;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string_view part = text.substr(at, comma - at);
    const std::size_t equals = part.find('=');
    const std::string key(part.substr(0, equals));
    require<ErrorKind::config>(equals != std::string_view::npos, "--case: found '", part,
                               "', key=value is needed, as in b=8,c=48,grid=96x96,modes=20");
    static constexpr std::string_view kKeys[] = {"b", "c", "grid", "modes", "convention", "kernel", "stable"};
    require<ErrorKind::config>(std::ranges::count(kKeys, key) == 1, "--case: found key '", key,
                               "', accepted are b, c, grid, modes, convention, kernel, stable");
    require<ErrorKind::config>(given.emplace(key, part.substr(equals + 1)).second, "--case: ", key, " is given twice");
    at = comma + 1;
  }
  for (const char* key : {"b", "c", "grid", "modes"})
    require<ErrorKind::config>(given.contains(key), "--case: ", key,
                               " is missing; batch, channels, grid and modes are needed, as in "
                               "b=8,c=48,grid=96x96,modes=20");
  LayerShape l = layer("", number("b", given["b"]), number("c", given["c"]), grid_of(given["grid"]),
                       number("modes", given["modes"]));
  if (given.contains("convention"))
    l.convention = require_named<ModeConvention>("--case: convention", given["convention"]);
  if (given.contains("kernel")) l.kernel = number("kernel", given["kernel"], 1, 31);
  if (given.contains("stable")) l.stable = number("stable", given["stable"], 0, 1) == 1;
  require_fitting(l);
  l.name = name_of_shape(l);
  return l;
}

std::vector<LayerShape> sweep(std::string_view what) {
  std::vector<LayerShape> all;
  const auto add = [&](int batch, int channels, int side, int modes) {
    all.push_back(layer("", batch, channels, {side, side}, modes));
    all.back().name = name_of_shape(all.back());
  };
  if (what == "modes") {
    for (const int side : {64, 128, 256})
      for (const int m : {4, 8, 12, 16, 20, 24, 32, 48, 64})
        if (2 * m <= side) add(16, 32, side, m);
  } else if (what == "grid") {
    for (const int side : {32, 64, 85, 97, 127, 128, 141, 211, 256, 421, 512}) add(4, 32, side, 12);
  } else if (what == "batch") {
    for (int batch = 1; batch <= 256; batch *= 2) add(batch, 32, 64, 12);
  } else {
    for (int channels = 16; channels <= 512; channels *= 2) add(16, channels, 64, 12);
  }
  return all;
}

std::vector<LayerCase> chosen_layers(const Options& options) {
  std::vector<LayerShape> asked;
  for (const std::string& text : options.shapes) asked.push_back(parse_layer(text));
  for (const std::string& what : options.sweeps)
    for (LayerShape& l : sweep(what)) asked.push_back(std::move(l));
  std::vector<LayerShape> every = named_layers();
  for (const LayerShape& l : asked)
    if (std::ranges::count(every, l.name, &LayerShape::name) == 0) every.push_back(l);

  std::vector<std::string> known;
  for (const LayerShape& l : every)
    for (const std::string& kind : kAllKinds) known.push_back(l.name + "/" + kind);
  require_known_cases(options.cases, known);

  const auto wanted = [&](const LayerShape& l, const std::string& kind) {
    if (!options.kinds.empty() && std::ranges::count(options.kinds, kind) == 0) return false;
    if (!options.cases.empty()) return asks_for(options.cases, l.name + "/" + kind);
    if (!asked.empty()) return std::ranges::count(asked, l.name, &LayerShape::name) != 0;
    return std::ranges::count(kDefaults, l.name) != 0;
  };
  std::vector<LayerCase> chosen;
  for (const LayerShape& l : every) {
    LayerCase one{.shape = l, .kinds = {}};
    for (const std::string& kind : kAllKinds)
      if (wanted(l, kind)) one.kinds.push_back(kind);
    if (!one.kinds.empty()) chosen.push_back(std::move(one));
  }
  return chosen;
}

std::string list_of(const std::vector<LayerCase>& layers) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const auto& [shape, kinds] : layers)
    for (const std::string& kind : kinds)
      all.push_back({{"case", shape.name + "/" + kind},
                     {"batch", shape.batch},
                     {"channels", shape.channels},
                     {"grid", shape.grid},
                     {"modes", shape.modes},
                     {"convention", name_of(shape.convention)},
                     {"kernel", shape.kernel},
                     {"stable", shape.stable},
                     {"sets", input_sets(shape)}});
  return all.dump(1);
}

int input_sets(const LayerShape& l) {
  double bytes = 8.0 * l.batch * l.channels;  // x and dy
  for (const int n : l.grid) bytes *= n;
  return static_cast<int>(std::clamp(std::ceil(64 * 1048576 / bytes), 1.0, 8.0));
}

}  // namespace fno::bench
