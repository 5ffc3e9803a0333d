// Networks of every architecture as ONNX graphs: checked by libonnx, and run by onnxruntime, an implementation that is
// not ours, against our own forward pass.
#include "tools/commands/export/network_graph.h"

#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <unistd.h>

#include "framework/cpu/device.h"
#include "framework/ops/complex.h"
#include "framework/ops/conv.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/fourier.h"
#include "framework/ops/loss.h"
#include "framework/ops/resample.h"
#include "framework/ops/shape.h"
#include "framework/tensor/random.h"
#include "optim/optimizer.h"
#include "tests/support/expect_error.h"
#include "tests/support/onnxruntime.h"
#include "tools/files/npz.h"

namespace fno {
namespace {

using test::throws_error;
using training::BuiltModel;
using training::ChannelScaling;
using training::ModelDescription;

struct Case {
  std::string name;
  NetworkConfig network;
  std::vector<std::int64_t> grid;
};

NetworkConfig operators(const std::string& architecture, int dims, ModeConvention convention, PerAxis<int> modes,
                        PerAxis<double> padding) {
  return {.architecture = architecture,
          .dims = dims,
          .in = 2,
          .out = 3,
          .width = 6,
          .modes = modes,
          .blocks = 2,
          .projection = 10,
          .spectral = convention,
          .layerscale_init = 0.3,
          .padding = padding};
}

NetworkConfig patches(const std::string& architecture, int blocks = 2) {
  return {.architecture = architecture,
          .points = 16,
          .channels = 1,
          .width = 8,
          .modes = 3,
          .blocks = blocks,
          .layerscale_init = 0.3};
}

template <class Change>
NetworkConfig with(NetworkConfig network, Change&& change) {
  change(network);
  return network;
}

std::vector<Case> cases() {
  using M = ModeConvention;
  const PerAxis<int> uneven(std::vector{4, 3});
  const PerAxis<double> last(std::vector{0.0, 1.0});
  return {
      {"fno_operator_1d", operators("fno_operator", 1, M::corner, 6, 0.5), {21}},
      {"fno_operator_1d_all_modes", operators("fno_operator", 1, M::classic, 9, 0.0), {16}},
      {"stable_fno_1d", operators("stable_fno", 1, M::corner, 5, 1.0), {16}},
      {"fno_operator_2d", operators("fno_operator", 2, M::classic, uneven, last), {11, 16}},
      {"fno_operator_2d_finer", operators("fno_operator", 2, M::classic, uneven, last), {22, 30}},
      {"fno_operator_2d_centered", operators("fno_operator", 2, M::centered, 8, 0.0), {8, 8}},
      {"fno_operator_2d_lacking_modes", operators("fno_operator", 2, M::corner, 12, 1.0), {8, 6}},
      {"stable_fno_2d", operators("stable_fno", 2, M::corner, 4, 1.0), {12, 9}},
      {"stable_fno_2d_zero_gamma",
       with(operators("stable_fno", 2, M::centered, 5, 0.0),
            [](NetworkConfig& c) {
              c.stable_form = StableForm::zero_gamma;
              c.activation_checkpointing = true;
            }),
       {12, 9}},
      {"fno_operator_3d", operators("fno_operator", 3, M::corner, 3, 1.0), {6, 5, 8}},
      {"fno_operator_3d_classic", operators("fno_operator", 3, M::classic, 3, 0.0), {6, 7, 8}},
      {"stable_fno_3d", operators("stable_fno", 3, M::centered, 4, 0.0), {6, 5, 8}},
      {"hybrid", patches("hybrid"), {16, 16}},
      {"hybrid_four_channels",
       with(patches("hybrid"),
            [](NetworkConfig& c) {
              c.channels = 4;
              c.input_transform = InputTransform::instancenorm;
            }),
       {16, 16}},
      {"stable_hybrid",
       with(patches("stable_hybrid"), [](NetworkConfig& c) { c.output_mode = OutputMode::amp_phase_logits; }),
       {16, 16}},
      {"fno", with(patches("fno"), [](NetworkConfig& c) { c.input_transform = InputTransform::log1p; }), {16, 16}},
      {"fno_vanilla",
       with(patches("fno_vanilla"), [](NetworkConfig& c) { c.output_mode = OutputMode::amp_phase; }),
       {16, 16}},
      {"ffno", with(patches("ffno"), [](NetworkConfig& c) { c.input_transform = InputTransform::sqrt; }), {16, 16}},
      {"hybrid_resnet", patches("hybrid_resnet", 3), {16, 16}},
      {"cnn", patches("cnn"), {16, 16}},
  };
}

bool is_operator(const NetworkConfig& c) {
  return architecture_named(c.architecture).kind == NetworkKind::grid_operator;
}

Shape batch_shape(const Case& c, std::int64_t samples, bool output) {
  const NetworkConfig& n = c.network;
  Shape shape{samples, is_operator(n) ? (output ? n.out : n.in) : (output ? 2 : 1) * n.channels};
  for (const std::int64_t points : c.grid) shape.push_back(points);
  return shape;
}

std::vector<float> normals(const Shape& shape, std::uint64_t stream) {
  Random random(5, stream);
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (float& v : values) v = static_cast<float>(random.normal());
  return values;
}

// A network that has learnt for three steps, so that nothing in it is what it began as.
struct Trained {
  ModelDescription description;
  BuiltModel network;

  Trained(const Case& c, const Device& device) : description(described(c)), network(description, device, 3) {
    Optimizer optimizer(network.store.parameters(), {});
    optimizer.set_rate(1e-3);
    for (std::uint64_t step = 0; step < 3; ++step) {
      const Shape in = batch_shape(c, 2, false), out = batch_shape(c, 2, true);
      const Var x(Tensor::from(normals(in, step), in, device)), y(Tensor::from(normals(out, step + 9), out, device));
      backward(mae(network.model.forward(x), y));
      optimizer.step();
      optimizer.zero_grad();
    }
  }

  // The means are large beside what varies, as a pressure's are; the last channel of y is constant.
  static ModelDescription described(const Case& c) {
    ModelDescription d{.config = c.network};
    if (is_operator(c.network)) {
      d.input = {{101325.37, -0.25}, {12.5, 3e-3}};
      d.output = {{0.3, -0.71, 4.0}, {2.5, 0.4, 0}};
    }
    return d;
  }
};

double unit_of(const ChannelScaling& scaling, std::int64_t channel) {
  return scaling.mean.empty() ? 1 : scaling.unit(static_cast<std::size_t>(channel));
}
double mean_of(const ChannelScaling& scaling, std::int64_t channel) {
  return scaling.mean.empty() ? 0 : scaling.mean[static_cast<std::size_t>(channel)];
}

// x in the units of the data, and what the network says to it, in double.
std::vector<NamedArray> example(const Case& c, const Trained& trained, std::int64_t samples, const Device& device) {
  const NoGrad guard;
  const Shape in = batch_shape(c, samples, false), out = batch_shape(c, samples, true);
  const auto channel_of = [](std::size_t at, const Shape& shape) {
    return static_cast<std::int64_t>(at) / shape.product(2, shape.rank()) % shape[1];
  };
  const ModelDescription& d = trained.description;
  std::vector<float> x = normals(in, 40 + static_cast<std::uint64_t>(samples)), inner;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double unit = unit_of(d.input, channel_of(i, in)), mean = mean_of(d.input, channel_of(i, in));
    x[i] = static_cast<float>(static_cast<double>(x[i]) * unit + mean);
    inner.push_back(static_cast<float>((static_cast<double>(x[i]) - mean) / unit));
  }
  const std::vector<float> p =
      trained.network.model.forward(Var(Tensor::from(inner, in, device))).value().to_host<float>();
  std::vector<double> y, scale;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const std::int64_t channel = channel_of(i, out);
    const double deviation = d.output.mean.empty() ? 1 : d.output.deviation[static_cast<std::size_t>(channel)];
    y.push_back(static_cast<double>(p[i]) * deviation + mean_of(d.output, channel));
  }
  for (std::int64_t channel = 0; channel < out[1]; ++channel) {
    scale.push_back(mean_of(d.output, channel));
    scale.push_back(unit_of(d.output, channel));
  }
  const std::string number = std::to_string(samples);
  return {{"x" + number, make_host_array(x, {in.begin(), in.end()})},
          {"y" + number, make_host_array(y, {out.begin(), out.end()})},
          {"scale" + number, make_host_array(scale, {out[1], 2})}};
}

// The graph of a network that lies on another device.
OnnxGraph graph_of(const ModelDescription& description, const BuiltModel& network,
                   const std::vector<std::int64_t>& grid) {
  OnnxRecorder recorder(cpu_device(1));
  const BuiltModel copy(description, recorder.device(), 0);
  for (std::size_t i = 0; i < network.store.parameters().size(); ++i) {
    Tensor to = copy.store.parameters()[i].var.value();
    to.copy_from(network.store.parameters()[i].var.value());
  }
  write_graph(recorder, description, copy, grid);
  return recorder.graph();
}

class NetworkGraph : public ::testing::Test {
 protected:
  NetworkGraph()
      : folder_(std::filesystem::temp_directory_path() / ("fno_network_graph_" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~NetworkGraph() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  Device device_ = cpu_device(1);

 private:
  std::filesystem::path folder_;
};

TEST_F(NetworkGraph, EveryArchitectureHasACase) {
  std::set<std::string> tried;
  for (const Case& c : cases()) tried.insert(c.network.architecture);
  for (const Architecture& a : architectures()) EXPECT_TRUE(tried.contains(std::string(a.name))) << a.name;
}

// Operators of the standard domain alone, and none of a transform; the parameters under their names.
TEST_F(NetworkGraph, HasPlainOperators) {
  const std::set<std::string> plain{"Add",     "Concat",   "Conv",    "ConvTranspose", "Cos",
                                    "Div",     "Erf",      "Expand",  "Identity",      "InstanceNormalization",
                                    "Log",     "MatMul",   "MaxPool", "Mul",           "Neg",
                                    "Pad",     "Relu",     "Reshape", "Resize",        "Shape",
                                    "Sigmoid", "Sin",      "Slice",   "Sqrt",          "Sub",
                                    "Tanh",    "Transpose"};
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Trained trained(c, device_);
    const OnnxGraph graph = graph_of(trained.description, trained.network, c.grid);
    for (const OnnxNode& node : graph.nodes()) EXPECT_TRUE(plain.contains(node.op)) << node.op;
    std::set<std::string> names;
    for (const OnnxConstant& constant : graph.constants()) names.insert(constant.name);
    for (const char* name : {"lift.weight", "head.1.bias", "blocks.0.spectral.weights.real"})
      EXPECT_TRUE(!is_operator(c.network) || names.contains(name)) << name;
    EXPECT_EQ(graph.metadata.at("architecture"), c.network.architecture);
  }
}

// Any function of one tensor, recorded.
OnnxGraph graph_of(const std::function<Var(const Var&)>& function, const OnnxDims& shape) {
  OnnxRecorder recorder(cpu_device(1));
  OnnxDims batch{1};
  batch.insert(batch.end(), shape.begin(), shape.end());
  const Tensor x(Shape(batch), Dtype::float32, recorder.device());
  recorder.graph().inputs = {{"x", "", shape}};
  recorder.put(x.data<float>(), shape, "x");
  const NoGrad guard;
  const Tensor y = function(Var(x)).value();
  const OnnxDims result(y.shape().begin() + 1, y.shape().end());
  recorder.graph().node("Identity", {recorder.value(y.data<float>(), result)}, {}, "y");
  recorder.graph().outputs = {{"y", "", result}};
  recorder.graph().name = "function";
  return recorder.graph();
}

// A graph of one sample serves any number: what mixes samples, or looks at them, must not become one.
TEST_F(NetworkGraph, RefusesWhatIsNotAFunctionOfOneSample) {
  const auto refused = [](const std::string& words, const std::function<Var(const Var&)>& function) {
    return throws_error(ErrorKind::config, words, [&] { (void)graph_of(function, {1, 2, 4}); });
  };
  EXPECT_TRUE(refused("onnx: Reduce", [](const Var& x) { return x - mean(x, {0}, true); }));
  EXPECT_TRUE(refused("reads values back", [](const Var& x) { return affine(x, x.value().to_host<float>().at(0)); }));
  EXPECT_TRUE(refused("weights depend on its input", [](const Var& x) {
    return conv(x, reshape(x, {1, 1, 2, 4}), {});
  }));
  EXPECT_TRUE(refused("onnx: Rfft", [](const Var& x) { return irfft(rfft(x), 4); }));
  EXPECT_TRUE(refused("StridedCopy", [](const Var& x) { return roll(x, {1}, {3}); }));
}

// What networks do with shapes and constants in ways that those of today do not: (B, 2, 4, 6) → (B, 13, 4, 6).
Var many_ways(const Var& x) {
  const auto numbers = [&](const Shape& shape) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < shape.size(); ++i) values.push_back(0.5f + 0.1f * static_cast<float>(i % 7));
    return Var(Tensor::from(values, shape, x.device()));
  };
  const std::int64_t batch = x.shape(0);
  const Var ramp = Var(Tensor::zeros({batch, 1, 4, 6}, x.dtype(), x.device())) + numbers({1, 1, 4, 6});
  const Var first = slice(x, 1, 0, 1), both = concat({ramp, x, ramp}, 1);           // constants around values
  const Var scaled = numbers({1, 4, 1, 1}) - both * numbers({1, 1, 4, 6});          // a number a channel, a point
  const Var outer = x * first / (affine(apply(UnaryOp::square, first), 0.5, 1.0));  // values repeated along channels
  const Var turned = permute(tanh(permute(x, {0, 3, 1, 2})), {0, 2, 3, 1});
  const Var part = slice(reshape(x, {batch, 48}), 1, 7, 31);  // cuts through channels
  const Var grown =
      conv_transpose(x, numbers({2, 1, 3, 3}), numbers({1}), {.stride = 2, .padding = 1, .output_padding = 1});
  const Var pooled = max_pool(grown, 2);
  const Var kept = spectral_conv(x, as_complex(numbers({6, 2, 2, 2})),
                                 make_modes(ModeConvention::corner, {4, 6}, PerAxis<int>(std::vector{2, 3})));
  const Var padded = pad(slice(x, 1, 1, 2), {0, 0, 1}, {0, 0, 1}, PadMode::reflect);
  const Var line = conv(padded, numbers({1, 1, 1, 3}), {});
  return concat(
      {scaled, outer, turned, reshape(part, {batch, 1, 4, 6}), pooled, apply_residual(UnaryOp::silu, kept, x), line},
      1);
}

TEST_F(NetworkGraph, RefusesAScalingThatFloat32DoesNotHold) {
  Case c = cases().front();
  Trained trained(c, device_);
  for (const double number : {1e39, 1e-39}) {
    trained.description.input.deviation[0] = number;
    EXPECT_TRUE(throws_error(ErrorKind::data, "float32",
                             [&] { (void)graph_of(trained.description, trained.network, c.grid); }));
  }
}

TEST_F(NetworkGraph, IsRefusedWithItsPackagesWithoutTheLibrary) {
  if (!onnx_version().empty()) GTEST_SKIP() << "built with " << onnx_version();
  EXPECT_TRUE(throws_error(ErrorKind::config, "libonnx-dev", [&] { write_onnx(path("a.onnx"), {}); }));
}

// libonnx checks every graph and infers its shapes as it is written; onnxruntime then gives the numbers of our forward
// pass, of one sample and of three.
TEST_F(NetworkGraph, RunsInOnnxruntimeAsHere) {
  if (onnx_version().empty()) GTEST_SKIP() << "built without libonnx";
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const Trained trained(c, device_);
    write_onnx(path(c.name + ".onnx"), graph_of(trained.description, trained.network, c.grid));
    std::vector<NamedArray> arrays = example(c, trained, 1, device_);
    for (NamedArray& array : example(c, trained, 3, device_)) arrays.push_back(std::move(array));
    write_npz(path(c.name + ".npz"), arrays, false);
  }
  const OnnxDims shape{2, 4, 6};
  write_onnx(path("many_ways.onnx"), graph_of(many_ways, shape));
  std::vector<NamedArray> arrays;
  for (const std::int64_t samples : {1, 3}) {
    const NoGrad guard;
    const Shape batch{samples, 2, 4, 6};
    const std::vector<float> x = normals(batch, 70);
    const Tensor y = many_ways(Var(Tensor::from(x, batch, device_))).value();
    const std::string number = std::to_string(samples);
    std::vector<double> scale;
    for (std::int64_t c = 0; c < y.shape(1); ++c) scale.insert(scale.end(), {0, 1});
    arrays.push_back({"x" + number, make_host_array(x, {batch.begin(), batch.end()})});
    arrays.push_back({"y" + number, make_host_array(y.to_host<float>(), {y.shape().begin(), y.shape().end()})});
    arrays.push_back({"scale" + number, make_host_array(scale, {y.shape(1), 2})});
  }
  write_npz(path("many_ways.npz"), arrays, false);
  const std::optional<bool> agrees = test::agrees_in_onnxruntime(path(""));
  if (!agrees) GTEST_SKIP() << test::kNoOnnxruntime;
  EXPECT_TRUE(*agrees);
}

}  // namespace
}  // namespace fno
