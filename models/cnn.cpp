#include "models/cnn.h"

#include "framework/ops/elementwise.h"
#include "framework/ops/resample.h"
#include "framework/ops/shape.h"
#include "framework/scope.h"
#include "models/observer.h"

namespace fno {
namespace {

constexpr int kFilters = 64;  // of the first encoder block and the last decoder block
constexpr int kTail = 8;      // decoder channels that feed the outer frame

void check(const NetworkConfig& c) {
  require<ErrorKind::config>(c.points % 8 == 0, "points: found ", c.points, "; cnn accepts multiples of 8");
  require<ErrorKind::config>(
      c.output_mode != OutputMode::amp_phase_logits,
      "output-mode: found amp_phase_logits; cnn emits amplitude and phase: accepted are real_imag, amp_phase");
}

// 1 within N/4 of an edge, 0 in the middle: (1, 1, N, N).
Var frame_mask(const Var& like) {
  const std::int64_t n = like.shape(3);
  const auto border = static_cast<int>(n / 4);
  const Var ones(Tensor::full({1, 1, n - 2 * border, n - 2 * border}, like.dtype(), like.device(), 1));
  return affine(pad(ones, border, border, PadMode::zero), -1, 1);
}

// Conv3×3 · ReLU · Conv3×3 · ReLU.
Block cnn_block(ParameterStore& store, const std::string& name, int in, int out, bool checkpointing) {
  const ConvLayer first(store, name + ".conv1", conv3(in, out)), second(store, name + ".conv2", conv3(out, out));
  return {name, checkpointing, [=](const Var& x) { return relu(second(relu(first(x)))); }};
}

}  // namespace

CnnDecoder::CnnDecoder(ParameterStore& store, const std::string& name, const NetworkConfig& c)
    : name_(name), centre_(store, name + ".centre", conv3(kFilters - kTail, c.channels)) {
  for (int i = 0; i < 2; ++i)
    blocks_.push_back(cnn_block(store, name + ".decoder_blocks." + std::to_string(i), (4 >> i) * kFilters,
                                (2 >> i) * kFilters, c.activation_checkpointing));
  frame_.emplace_back(store, name + ".frame.0", conv3(kTail, kFilters));
  frame_.emplace_back(store, name + ".frame.2", conv3(kFilters, kFilters));
  frame_.emplace_back(store, name + ".frame.4", conv3(kFilters, c.channels));
}

Var CnnDecoder::operator()(const Var& x, Var (*bound)(const Var&)) const {
  const Scope scope(name_);
  Var v = x;
  for (const Block& block : blocks_) v = upsample_nearest(block(v));
  const Var centre = bound(centre_(slice(v, 1, 0, kFilters - kTail)));
  const auto border = static_cast<int>(centre.shape(3) / 2);
  const Var middle = pad(centre, border, border, PadMode::zero);
  const Var wide = upsample_nearest(relu(frame_[1](relu(frame_[0](slice(v, 1, kFilters - kTail, kFilters))))));
  const Var frame = silu(frame_[2](wide));
  return middle + frame * frame_mask(frame);
}

CnnModel::CnnModel(ParameterStore& store, const NetworkConfig& c) {
  check(c);
  for (int i = 0; i < 3; ++i)
    encoder_.push_back(cnn_block(store, "encoder_blocks." + std::to_string(i), i ? kFilters << (i - 1) : c.channels,
                                 kFilters << i, c.activation_checkpointing));
  amplitude_.emplace(store, "amplitude", c);
  phase_.emplace(store, "phase", c);
}

Var CnnModel::forward(const Var& x) const {
  Var v = x;
  for (std::size_t i = 0; i < encoder_.size(); ++i) {
    const Scope scope("encoder_blocks." + std::to_string(i));
    v = max_pool(encoder_[i](v));
  }
  const Scope scope("output");
  const Var y = from_polar((*amplitude_)(v, sigmoid), (*phase_)(v, phase_of));
  observe("output", "", y);
  return y;
}

}  // namespace fno
