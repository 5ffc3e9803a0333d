#include "tools/tasks/stage_a/layer_probe.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/tensor/random.h"
#include "models/observer.h"

namespace fno::stage_a {
namespace {

constexpr double kDeadGelu = -4;

MapState state_of(const std::string& name, const Tensor& map) {
  const std::vector<float> v = map.to_host<float>();
  const auto samples = static_cast<std::size_t>(map.shape(0));
  const auto channels = static_cast<std::size_t>(map.shape(1));
  const std::size_t pixels = v.size() / (samples * channels);
  MapState state{.name = name};
  double sum = 0, squares = 0;
  std::size_t below = 0;
  for (const float x : v) {
    sum += x;
    below += x < kDeadGelu ? 1 : 0;
    state.largest = std::max(state.largest, std::abs(static_cast<double>(x)));
  }
  const auto n = static_cast<double>(v.size());
  state.mean = sum / n;
  for (const float x : v) squares += (x - state.mean) * (x - state.mean);
  state.std = std::sqrt(squares / n);
  state.below_minus4 = static_cast<double>(below) / n;
  std::vector<bool> alive(channels);
  for (std::size_t plane = 0; plane < samples * channels; ++plane) {
    const auto [low, high] = std::minmax_element(v.begin() + static_cast<std::ptrdiff_t>(plane * pixels),
                                                 v.begin() + static_cast<std::ptrdiff_t>((plane + 1) * pixels));
    state.over_space = std::max(state.over_space, static_cast<double>(*high) - *low);
    if (!(*high < kDeadGelu)) alive[plane % channels] = true;
  }
  state.dead_units = static_cast<double>(std::ranges::count(alive, false)) / static_cast<double>(channels);
  for (std::size_t at = 0; at < channels * pixels; ++at) {
    float low = v[at], high = v[at];
    for (std::size_t b = 1; b < samples; ++b) {
      low = std::min(low, v[b * channels * pixels + at]);
      high = std::max(high, v[b * channels * pixels + at]);
    }
    state.over_samples = std::max(state.over_samples, static_cast<double>(high) - low);
  }
  return state;
}

}  // namespace

bool MapState::pre_gelu() const { return name.ends_with(".pre_gelu") || name.ends_with(".0"); }

std::vector<MapState> look_inside(const Model& model, const Tensor& batch) {
  const NoGrad guard;
  std::vector<MapState> maps;
  const ObserverScope scope(
      [&](const std::string& name, const Var& value) { maps.push_back(state_of(name, value.value())); });
  (void)model.forward(Var(batch));
  return maps;
}

std::string first_dead_map(const std::vector<MapState>& maps) {
  std::string first;
  for (auto map = maps.rbegin(); map != maps.rend() && map->same_for_all_samples(); ++map) first = map->name;
  return first;
}

double input_gradient(const Model& model, const Tensor& batch) {
  const Var x = Var::leaf(batch.clone());
  const Var y = model.forward(x);
  Random random(1);
  std::vector<float> weights(static_cast<std::size_t>(y.value().size()));
  for (float& w : weights) w = static_cast<float>(2 * random.uniform() - 1);
  backward(y, Tensor::from(weights, y.shape(), y.device()));
  double largest = 0;
  for (const float g : x.grad().to_host<float>()) largest = std::max(largest, std::abs(static_cast<double>(g)));
  return largest;
}

training::Json maps_json(const std::vector<MapState>& maps) {
  training::Json all = training::Json::array();
  for (const MapState& m : maps)
    all.push_back({{"map", m.name},
                   {"mean", m.mean},
                   {"std", m.std},
                   {"below_minus4", m.below_minus4},
                   {"dead_units", m.dead_units},
                   {"over_space", m.over_space},
                   {"over_samples", m.over_samples},
                   {"largest", m.largest},
                   {"pre_gelu", m.pre_gelu()},
                   {"same_for_all_samples", m.same_for_all_samples()},
                   {"flat", m.flat()}});
  return all;
}

}  // namespace fno::stage_a
