#include "tools/onnx/recorder.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/error.h"
#include "framework/scope.h"
#include "tools/onnx/memory.h"
#include "tools/onnx/transform.h"

namespace fno {
namespace {

using Attributes = std::map<std::string, OnnxAttribute>;

// The axes of a padded grid from `first` on.
OnnxDims axes_from(int first, const int (&extent)[kGridAxes]) { return {extent + first, extent + kGridAxes}; }

OnnxDims with_channels(std::int64_t channels, OnnxDims grid) {
  grid.insert(grid.begin(), channels);
  return grid;
}

// The first axis that is more than a formality: of one point, and `neutral` otherwise.
template <class Neutral>
int first_axis(const int (&size)[kGridAxes], Neutral&& neutral) {
  int axis = 0;
  while (axis + 1 < kGridAxes && size[axis] == 1 && neutral(axis)) ++axis;
  return axis;
}

class OnnxBackend final : public Backend {
 public:
  OnnxBackend(std::shared_ptr<OnnxGraph> graph, std::shared_ptr<OnnxMemory> memory, Device host)
      : graph_(std::move(graph)), memory_(std::move(memory)), host_(std::move(host)) {}
  [[nodiscard]] std::string name() const override { return "onnx"; }
  [[nodiscard]] Memory& memory() override { return *memory_; }
#define FNO_DEFINE(Job)                                          \
  void run(const Job<float>& job) override { write(#Job, job); } \
  void run(const Job<double>&) override { refuse(#Job " in double"); }
  FNO_REAL_JOBS(FNO_DEFINE)
#undef FNO_DEFINE
#define FNO_DEFINE(Job) \
  void run(const Job&) override { refuse(#Job); }
  FNO_PLAIN_JOBS(FNO_DEFINE)
#undef FNO_DEFINE

 private:
  [[noreturn]] static void refuse(const std::string& job) {
    fail(ErrorKind::config, "onnx: ", job, ", which the network uses in ",
         Scope::current().empty() ? "its computation" : Scope::current(), ", has no plain operators here");
  }
  template <class Job>
  void write(const char* name, const Job& job) {
    if constexpr (CompositeJob<Job>)
      job.in_turn([this](const auto& part) { run(part); }, memory());
    else
      refuse(name);
  }

  std::string node(const char* op, std::vector<std::string> inputs, Attributes attributes = {}) {
    return graph_->node(op, std::move(inputs), std::move(attributes));
  }
  std::string number(float value) { return graph_->floats({value}, {}); }
  // Work on constants alone is done at once.
  template <class Job>
  void compute(const Job& job, const float* y, std::int64_t count) {
    memory_->forget(y, static_cast<std::size_t>(count) * sizeof(float));
    host_.run(job);
  }
  [[nodiscard]] bool constant(const float* at, std::int64_t count) const {
    return at == nullptr || memory_->is_constant(at, count);
  }
  // How to look at operands without another order of their numbers: as the value is shaped, if one sample has so many.
  OnnxDims shape_at(const float* at, std::int64_t count) {
    if (constant(at, count)) return {count};
    const OnnxDims shape = memory_->held(at, count).shape;
    return product_of(shape) == count ? shape : OnnxDims{count};
  }

  std::string gelu(const std::string& x) {
    const std::string erf = node("Erf", {node("Div", {x, number(std::numbers::sqrt2_v<float>)})});
    return node("Mul", {node("Mul", {x, node("Add", {erf, number(1)})}), number(0.5f)});
  }

  std::string function(UnaryOp op, const std::string& x) {
    switch (op) {
      case UnaryOp::gelu: return gelu(x);
      case UnaryOp::silu: return node("Mul", {x, node("Sigmoid", {x})});
      case UnaryOp::relu: return node("Relu", {x});
      case UnaryOp::sigmoid: return node("Sigmoid", {x});
      case UnaryOp::tanh: return node("Tanh", {x});
      case UnaryOp::square: return node("Mul", {x, x});
      case UnaryOp::sqrt: return node("Sqrt", {node("Relu", {x})});
      case UnaryOp::abs: return node("Abs", {x});
      case UnaryOp::log1p: return node("Log", {node("Add", {node("Relu", {x}), number(1)})});
      case UnaryOp::sin: return node("Sin", {x});
      case UnaryOp::cos: return node("Cos", {x});
    }
    return {};
  }

  void write(const char*, const Unary<float>& j) {
    if (constant(j.x, j.n) && constant(j.residual, j.n)) return compute(j, j.y, j.n);
    const OnnxDims shape = shape_at(constant(j.x, j.n) ? j.residual : j.x, j.n);
    std::string y = function(j.op, memory_->operand(j.x, shape));
    if (j.residual) y = node("Add", {y, memory_->operand(j.residual, shape)});
    memory_->put(j.y, j.n, {y, shape});
  }

  // The operand of a broadcast, with extent 1 where it is repeated.
  static OnnxDims dims_of(const StridedPair& pair, const std::int64_t (&step)[kMaxAxes]) {
    OnnxDims dims(static_cast<std::size_t>(pair.axes), 1);
    std::int64_t next = 1;
    for (int axis = pair.axes - 1; axis >= 0; --axis) {
      if (step[axis] == 0) continue;
      if (step[axis] != next) refuse("Binary of values in another order");
      dims[static_cast<std::size_t>(axis)] = pair.size[axis];
      next *= pair.size[axis];
    }
    return dims.empty() ? OnnxDims{1} : dims;
  }

  void write(const char*, const Binary<float>& j) {
    OnnxDims a = dims_of(j.pair, j.pair.a), b = dims_of(j.pair, j.pair.b);
    const bool constant_a = constant(j.a, product_of(a)), constant_b = constant(j.b, product_of(b));
    if (constant_a && constant_b) return compute(j, j.y, j.pair.count);
    OnnxDims y(j.pair.size, j.pair.size + j.pair.axes);
    if (y.empty()) y = {1};
    if (a == b) {
      a = b = y = shape_at(constant_a ? j.b : j.a, j.pair.count);
    } else if (product_of(a) == 1) {
      b = y = shape_at(j.b, j.pair.count);
      a.assign(y.size(), 1);
    } else if (product_of(b) == 1) {
      a = y = shape_at(j.a, j.pair.count);
      b.assign(y.size(), 1);
    }
    constexpr const char* kOps[] = {"Add", "Sub", "Mul", "Div"};
    memory_->put(j.y, j.pair.count,
                 {node(kOps[static_cast<int>(j.op)], {memory_->operand(j.a, a), memory_->operand(j.b, b)}), y});
  }

  void write(const char*, const Scale<float>& j) {
    if (constant(j.x, j.n) && (j.b == 0 || constant(j.y, j.n))) return compute(j, j.y, j.n);
    const OnnxDims shape = shape_at(constant(j.x, j.n) ? j.y : j.x, j.n);
    const auto times = [&](const std::string& v, float factor) {
      return factor == 1 ? v : node("Mul", {v, number(factor)});
    };
    std::string y = j.x ? times(memory_->operand(j.x, shape), j.a) : std::string();
    if (j.b != 0) {
      const std::string own = times(memory_->operand(j.y, shape), j.b);
      y = y.empty() ? own : node("Add", {y, own});
    }
    if (j.c != 0) y = node("Add", {y, number(j.c)});
    memory_->put(j.y, j.n, {y, shape});
  }

  void write(const char*, const StridedCopy<float>& j) {
    std::int64_t last = 0, next = 1;
    bool in_order = true;
    for (int axis = j.pair.axes - 1; axis >= 0; --axis) {
      last += (j.pair.size[axis] - 1) * j.pair.a[axis];
      in_order = in_order && j.pair.a[axis] == next && j.pair.b[axis] == next;
      next *= j.pair.size[axis];
    }
    if (constant(j.from, last + 1)) {
      std::int64_t end = 1;
      for (int axis = 0; axis < j.pair.axes; ++axis) end += (j.pair.size[axis] - 1) * j.pair.b[axis];
      if (memory_->is_constant(j.to, end)) return host_.run(j);
      if (end == j.pair.count) return compute(j, j.to, end);
      refuse("StridedCopy into the gaps of a value");
    }
    if (in_order) return memory_->put(j.to, j.pair.count, memory_->held(j.from, j.pair.count));
    permute(j, last + 1);
  }

  // A copy that gives every number of a value, in another order of its axes.
  void permute(const StridedCopy<float>& j, std::int64_t numbers) {
    const StridedPair& pair = j.pair;
    std::vector<int> order(static_cast<std::size_t>(pair.axes));
    for (int axis = 0; axis < pair.axes; ++axis) order[static_cast<std::size_t>(axis)] = axis;
    std::ranges::sort(order, [&](int one, int other) { return pair.a[one] > pair.a[other]; });
    OnnxDims source, result(pair.size, pair.size + pair.axes), perm(order.size() + 1);
    for (std::size_t at = 0; at < order.size(); ++at) {
      source.push_back(pair.size[order[at]]);
      perm[static_cast<std::size_t>(order[at]) + 1] = static_cast<std::int64_t>(at) + 1;
    }
    std::int64_t from = 1, to = 1;
    bool dense = numbers == pair.count;
    for (std::size_t at = order.size(); at-- > 0;) {
      dense = dense && pair.a[order[at]] == from && pair.b[at] == to;
      from *= source[at];
      to *= result[at];
    }
    if (!dense) refuse("StridedCopy of parts of a value");
    const std::string x = memory_->value(j.from, source);
    memory_->put(j.to, pair.count, {node("Transpose", {x}, {{"perm", perm}}), result});
  }

  static int first_axis_of(const ConvGeometry& g) {
    return first_axis(g.size, [&](int axis) {
      return g.kernel[axis] == 1 && g.stride[axis] == 1 && g.padding[axis] == 0 && g.out_size[axis] == 1;
    });
  }

  Attributes attributes_of(const ConvGeometry& g, int first) {
    OnnxDims pads = axes_from(first, g.padding);
    pads.insert(pads.end(), g.padding + first, g.padding + kGridAxes);
    return {{"kernel_shape", axes_from(first, g.kernel)}, {"strides", axes_from(first, g.stride)}, {"pads", pads}};
  }

  void write(const char*, const Conv<float>& j) {
    const ConvGeometry& g = j.g;
    const int first = first_axis_of(g);
    if (constant(j.x, g.inputs())) return compute(j, j.y, g.outputs());
    std::vector<std::string> inputs{
        memory_->value(j.x, with_channels(g.in, axes_from(first, g.size))),
        memory_->constant(j.w, with_channels(g.out, with_channels(g.in, axes_from(first, g.kernel))))};
    if (j.bias) inputs.push_back(memory_->constant(j.bias, {g.out}));
    memory_->put(j.y, g.outputs(),
                 {node("Conv", inputs, attributes_of(g, first)), with_channels(g.out, axes_from(first, g.out_size))});
  }

  void write(const char*, const ConvInputGrad<float>& j) {
    const ConvGeometry& g = j.g;
    const int first = first_axis_of(g);
    if (constant(j.dy, g.outputs())) return compute(j, j.dx, g.inputs());
    std::vector<std::string> inputs{
        memory_->value(j.dy, with_channels(g.out, axes_from(first, g.out_size))),
        memory_->constant(j.w, with_channels(g.out, with_channels(g.in, axes_from(first, g.kernel))))};
    if (j.bias) inputs.push_back(memory_->constant(j.bias, {g.in}));
    Attributes attributes = attributes_of(g, first);
    OnnxDims rest;
    for (int axis = first; axis < kGridAxes; ++axis)
      rest.push_back(g.size[axis] - ((g.out_size[axis] - 1) * g.stride[axis] - 2 * g.padding[axis] + g.kernel[axis]));
    attributes["output_padding"] = rest;
    memory_->put(j.dx, g.inputs(),
                 {node("ConvTranspose", inputs, attributes), with_channels(g.in, axes_from(first, g.size))});
  }

  void write(const char*, const InstanceNorm<float>& j) {
    const std::int64_t count = std::int64_t{j.batch} * j.channels * j.points;
    if (constant(j.x, count) && constant(j.residual, count)) return compute(j, j.y, count);
    OnnxDims shape = memory_->held(j.x, count).shape;
    if (shape.size() < 2 || shape.front() != j.channels || product_of(shape) != j.channels * j.points)
      shape = {j.channels, j.points};
    std::string a = memory_->value(j.x, count, shape);
    if (j.gelu) a = gelu(a);
    const std::vector<float> ones(static_cast<std::size_t>(j.channels), 1), zeros(ones.size());
    std::vector<float> scale = j.gamma ? memory_->numbers(j.gamma, j.channels) : ones;
    std::vector<float> shift = j.beta ? memory_->numbers(j.beta, j.channels) : zeros;
    if (j.gate) {
      const std::vector<float> gate = memory_->numbers(j.gate, j.channels);
      std::ranges::transform(scale, gate, scale.begin(), std::multiplies{});
      std::ranges::transform(shift, gate, shift.begin(), std::multiplies{});
    }
    std::string y =
        node("InstanceNormalization", {a, graph_->floats(scale, {j.channels}), graph_->floats(shift, {j.channels})},
             {{"epsilon", j.eps}});
    if (j.residual) y = node("Add", {y, memory_->value(j.residual, count, shape)});
    memory_->put(j.y, count, {y, shape});
  }

  void write(const char*, const MaxPool<float>& j) {
    const std::int64_t count = j.planes * product_of(j.size), results = j.planes * windows_of(j.size, j.window);
    if (constant(j.x, count)) return compute(j, j.y, results);
    const int first = first_axis(j.size, [&](int axis) { return j.window[axis] == 1; });
    const OnnxDims window = axes_from(first, j.window);
    OnnxDims result{j.planes};
    for (int axis = first; axis < kGridAxes; ++axis) result.push_back(j.size[axis] / j.window[axis]);
    const std::string x = memory_->value(j.x, with_channels(j.planes, axes_from(first, j.size)));
    memory_->put(j.y, results, {node("MaxPool", {x}, {{"kernel_shape", window}, {"strides", window}}), result});
  }

  void write(const char*, const Upsample<float>& j) {
    const std::int64_t count = j.planes * product_of(j.size), results = count * product_of(j.factor);
    if (constant(j.x, count)) return compute(j, j.y, results);
    const int first = first_axis(j.size, [&](int axis) { return j.factor[axis] == 1; });
    OnnxDims result{j.planes};
    std::vector<float> factors{1, 1};
    for (int axis = first; axis < kGridAxes; ++axis) {
      result.push_back(j.size[axis] * j.factor[axis]);
      factors.push_back(static_cast<float>(j.factor[axis]));
    }
    const OnnxDims many{static_cast<std::int64_t>(factors.size())};
    const std::string x = memory_->value(j.x, with_channels(j.planes, axes_from(first, j.size)));
    memory_->put(
        j.y, results,
        {node("Resize", {x, "", graph_->floats(factors, many)},
              {{"mode", "nearest"}, {"coordinate_transformation_mode", "asymmetric"}, {"nearest_mode", "floor"}}),
         result});
  }

  void write(const char*, const Pad<float>& j) {
    const std::int64_t count = j.planes * product_of(j.size),
                       results = j.planes * padded_size(j.size, j.before, j.after);
    if (constant(j.x, count)) return compute(j, j.y, results);
    const int first = first_axis(j.size, [&](int axis) { return j.before[axis] == 0 && j.after[axis] == 0; });
    OnnxDims result{j.planes}, pads{0, 0};
    for (int axis = first; axis < kGridAxes; ++axis) {
      result.push_back(j.before[axis] + j.size[axis] + j.after[axis]);
      pads.push_back(j.before[axis]);
    }
    pads.insert(pads.end(), {0, 0});
    for (int axis = first; axis < kGridAxes; ++axis) pads.push_back(j.after[axis]);
    const std::string x = memory_->value(j.x, with_channels(j.planes, axes_from(first, j.size)));
    memory_->put(
        j.y, results,
        {node("Pad", {x, graph_->ints(pads)}, {{"mode", j.mode == PadMode::zero ? "constant" : "reflect"}}), result});
  }

  static const float* reals(const Complex<float>* at) { return reinterpret_cast<const float*>(at); }

  void write(const char*, const Analyse<float>& j) {
    const std::int64_t count = std::int64_t{j.batch} * j.channels * j.modes->points(), n = j.modes->count();
    const std::string x = memory_->value(j.x, count, with_channels(j.channels, grid_of(*j.modes)));
    memory_->put(reals(j.x_hat), 2 * n * j.batch * j.channels,
                 {analyse(*graph_, j, x), {n, std::int64_t{j.batch} * j.channels}, true});
  }

  void write(const char*, const MixChannels<float>& j) {
    const std::int64_t n = j.modes->count(), weights = std::int64_t{j.modes->weight_modes} * j.in * j.out;
    const std::string x = memory_->spectrum(reals(j.x), {n, std::int64_t{j.batch} * j.in});
    memory_->put(reals(j.y), 2 * n * j.batch * j.out,
                 {mix(*graph_, j, x, memory_->numbers(reals(j.w), 2 * weights), memory_->name_of(j.w)),
                  {n, std::int64_t{j.batch} * j.out},
                  true});
  }

  void write(const char*, const Synthesise<float>& j) {
    const std::int64_t count = std::int64_t{j.batch} * j.channels * j.modes->points();
    const OnnxDims shape = with_channels(j.channels, grid_of(*j.modes));
    std::string y = synthesise(
        *graph_, j, memory_->spectrum(reals(j.y_hat), {j.modes->count(), std::int64_t{j.batch} * j.channels}));
    if (j.accumulate) y = node("Add", {memory_->value(j.y, count, shape), y});
    memory_->put(j.y, count, {y, shape});
  }

  std::shared_ptr<OnnxGraph> graph_;
  std::shared_ptr<OnnxMemory> memory_;
  Device host_;
};

}  // namespace

OnnxRecorder::OnnxRecorder(Device host)
    : graph_(std::make_shared<OnnxGraph>()),
      memory_(std::make_shared<OnnxMemory>(graph_, host)),
      device_(std::make_shared<OnnxBackend>(graph_, memory_, std::move(host))) {}

void OnnxRecorder::call(const void* at, const std::string& name) { memory_->call(at, name); }

void OnnxRecorder::put(const float* at, const OnnxDims& shape, const std::string& name) {
  memory_->put(at, product_of(shape), {name, shape});
}

std::string OnnxRecorder::value(const float* at, const OnnxDims& shape) { return memory_->value(at, shape); }

}  // namespace fno
