// One Fourier layer: the spectral operator alone, the layer forward (with its local convolution and GELU, or as a
// stable block), and the layer forward and backward. The shapes are in harness/layer_cases.cpp.
#include <algorithm>
#include <fmt/format.h>

#include "bench/harness/layer.h"
#include "bench/harness/layer_cases.h"
#include "bench/harness/suite.h"
#include "framework/cpu/device.h"

namespace fno::bench {
namespace {

constexpr double kOracleBytes = 256e6;  // of one activation in float64

// The greatest error of a result against the same layer in float64 on the CPU; of the first samples alone where all
// would take too much memory.
double float64_error(LayerShape shape, const std::string& kind, const Device& device) {
  double sample = 8.0 * shape.channels;
  for (const int n : shape.grid) sample *= n;
  shape.batch = std::clamp(static_cast<int>(kOracleBytes / sample), 1, shape.batch);
  const auto exact = Layer(shape, 1, cpu_device(), Dtype::float64).results(kind);
  const auto got = Layer(shape, 1, device, Dtype::float32).results(kind);
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = relative_error(got[i].second, exact[i].second);
    if (!(error <= worst)) worst = error;  // NaN too
  }
  return worst;
}

Work work_of(const LayerShape& shape, const std::string& kind) {
  if (kind == "operator") return operator_forward(shape);
  return kind == "forward" ? layer_forward(shape) : layer_forward(shape) + layer_backward(shape);
}

void run(Suite& suite, const LayerCase& c) {
  const bool checked = suite.options().checked;
  std::vector<std::optional<double>> errors;
  for (const std::string& kind : c.kinds)
    errors.push_back(checked ? std::optional(float64_error(c.shape, kind, suite.device())) : std::nullopt);
  const Layer layer(c.shape, input_sets(c.shape), suite.device(), Dtype::float32);
  for (std::size_t i = 0; i < c.kinds.size(); ++i) {
    const std::string& kind = c.kinds[i];
    std::vector<Check> checks;
    if (checked)
      for (const auto& [name, tensor] : layer.results(kind)) checks.push_back(check_of(name, tensor));
    suite.measure(
        c.shape.name + "/" + kind, work_of(c.shape, kind),
        [&layer, &kind, call = std::size_t{0}]() mutable { (void)layer.call(kind, call++); }, std::move(checks),
        errors[i]);
  }
}

int body(int argc, char** argv) {
  const Options options = parse_options("spectral_layer", argc, argv, {.list = true, .shapes = true});
  const std::vector<LayerCase> layers = chosen_layers(options);
  if (options.list) {
    fmt::print("{}\n", list_of(layers));
    return 0;
  }
  Suite suite("spectral_layer", options);
  for (const LayerCase& layer : layers) run(suite, layer);
  return suite.report();
}

}  // namespace
}  // namespace fno::bench

int main(int argc, char** argv) { return fno::bench::run_main("spectral_layer", fno::bench::body, argc, argv); }
