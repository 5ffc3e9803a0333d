#include "models/cnn.h"

#include "framework/autograd/checkpoint.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/resample.h"
#include "framework/ops/shape.h"
#include "models/observer.h"

namespace fno {
namespace {

constexpr int kFilters = 64;  // of the first encoder block and the last decoder block
constexpr int kReduction = 16;

void check(const GeneratorConfig& c) {
  require<ErrorKind::config>(c.points % 8 == 0, "points: found ", c.points, "; cnn accepts multiples of 8");
  require<ErrorKind::config>(c.cnn.tail_channels >= 1 && c.cnn.tail_channels < kFilters, "tail-channels: found ",
                             c.cnn.tail_channels, "; cnn accepts 1 to ", kFilters - 1);
  require<ErrorKind::config>(
      c.output_mode != OutputMode::amp_phase_logits,
      "output-mode: found amp_phase_logits; cnn emits amplitude and phase: accepted are real_imag, amp_phase");
}

// The largest over the channels, (B, 1, H, W): pooling runs along grids, so the channels become one.
Var channel_max(const Var& x) {
  const Shape s = x.shape();
  const Var lines = reshape(permute(x, {0, 2, 3, 1}), {s[0] * s[2] * s[3], 1, s[1]});
  return reshape(max_pool(lines, static_cast<int>(s[1])), {s[0], 1, s[2], s[3]});
}

// 1 within N/4 of an edge, 0 in the middle: (1, 1, N, N).
Var frame_mask(const Var& like) {
  const std::int64_t n = like.shape(3);
  const auto border = static_cast<int>(n / 4);
  const Var ones(Tensor::full({1, 1, n - 2 * border, n - 2 * border}, like.dtype(), like.device(), 1));
  return affine(pad(ones, border, border, PadMode::zero), -1, 1);
}

}  // namespace

Attention::Attention(ParameterStore& store, const std::string& name, int channels)
    : squeeze_(store, name + ".channel.0", conv1(channels, channels / kReduction)),
      expand_(store, name + ".channel.2", conv1(channels / kReduction, channels)),
      spatial_(store, name + ".spatial", {.dims = 2, .in = 2, .out = 1, .kernel = 7, .padding = 3, .bias = false}) {}

Var Attention::operator()(const Var& x) const {
  const auto mlp = [this](const Var& pooled) { return expand_(relu(squeeze_(pooled))); };
  const Var gated = x * sigmoid(mlp(mean(x, {2, 3}, true)) + mlp(max_pool(x, static_cast<int>(x.shape(2)))));
  return gated * sigmoid(spatial_(concat({channel_max(gated), mean(gated, {1}, true)}, 1)));
}

std::vector<Var> Attention::parameters() const {
  std::vector<Var> all = spatial_.parameters();
  for (const auto& more : {squeeze_.parameters(), expand_.parameters()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

CnnBlock::CnnBlock(ParameterStore& store, const std::string& name, int in, int out, bool attention, bool checkpointing)
    : name_(name),
      conv1_(store, name + ".conv1", conv3(in, out)),
      conv2_(store, name + ".conv2", conv3(out, out)),
      checkpointing_(checkpointing) {
  if (attention) attention_.emplace(store, name + ".attention", out);
}

Var CnnBlock::evaluate(const Var& x) const {
  const Var y = relu(conv2_(relu(conv1_(x))));
  return attention_ ? (*attention_)(y) : y;
}

Var CnnBlock::operator()(const Var& x) const {
  std::vector<Var> parameters = conv1_.parameters();
  for (const auto& more : {conv2_.parameters(), attention_ ? attention_->parameters() : std::vector<Var>{}})
    parameters.insert(parameters.end(), more.begin(), more.end());
  const Var y = checkpointing_ ? checkpoint([block = *this](const Var& v) { return block.evaluate(v); }, x, parameters)
                               : evaluate(x);
  observe(name_, "out", y);
  return y;
}

CnnDecoder::CnnDecoder(ParameterStore& store, const std::string& name, const GeneratorConfig& c)
    : tail_(c.cnn.tail_channels), centre_(store, name + ".centre", conv3(kFilters - tail_, c.channels)) {
  for (int i = 0; i < 2; ++i)
    blocks_.emplace_back(store, name + ".decoder_blocks." + std::to_string(i), (4 >> i) * kFilters, (2 >> i) * kFilters,
                         false, c.activation_checkpointing);
  if (!c.cnn.probe_big) return;
  frame_.emplace_back(store, name + ".frame.0", conv3(tail_, kFilters));
  frame_.emplace_back(store, name + ".frame.2", conv3(kFilters, kFilters));
  frame_.emplace_back(store, name + ".frame.4", conv3(kFilters, c.channels));
}

Var CnnDecoder::operator()(const Var& x, Var (*bound)(const Var&)) const {
  Var v = x;
  for (const CnnBlock& block : blocks_) v = upsample_nearest(block(v));
  const Var centre = bound(centre_(slice(v, 1, 0, kFilters - tail_)));
  const auto border = static_cast<int>(centre.shape(3) / 2);
  const Var middle = pad(centre, border, border, PadMode::zero);
  if (frame_.empty()) return middle;
  const Var wide = upsample_nearest(relu(frame_[1](relu(frame_[0](slice(v, 1, kFilters - tail_, kFilters))))));
  const Var frame = silu(frame_[2](wide));
  return middle + frame * frame_mask(frame);
}

CnnModel::CnnModel(ParameterStore& store, const GeneratorConfig& c) {
  check(c);
  for (int i = 0; i < 3; ++i)
    encoder_.emplace_back(store, "encoder_blocks." + std::to_string(i), i ? kFilters << (i - 1) : c.channels,
                          kFilters << i, c.cnn.attention, c.activation_checkpointing);
  amplitude_.emplace(store, "amplitude", c);
  phase_.emplace(store, "phase", c);
}

Var CnnModel::forward(const Var& x) const {
  Var v = x;
  for (const CnnBlock& block : encoder_) v = max_pool(block(v));
  const Var y = from_polar((*amplitude_)(v, sigmoid), (*phase_)(v, phase_of));
  observe("output", "", y);
  return y;
}

}  // namespace fno
