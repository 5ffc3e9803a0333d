#include <cmath>
#include <span>

#include "cuda/context.h"
#include "cuda/detail/each.cuh"
#include "cuda/detail/grid.h"
#include "cuda/detail/pointwise.cuh"
#include "cuda/detail/reduce.cuh"

// A launch takes up to kSlots parameters by value, so no table has to be copied first. Work is cut into pieces that a
// block takes one at a time; a piece never spans two parameters.
namespace fno::cuda::CU_TARGET {
namespace {

constexpr int kSlots = 24;  // 64 bytes each, of the 4 KiB that a launch can carry
constexpr int kThreads = 256;
constexpr std::int64_t kPiece = 4096;  // elements; what the bits of a norm depend on

/// Parameters of one launch. Slot s owns the pieces first[s] … first[s+1]-1.
template <class T>
struct Slots {
  int count = 0;
  std::int64_t first[kSlots + 1] = {};
  ParameterSlot<T> slot[kSlots] = {};
};

// Which slot a piece belongs to.
template <class T>
__device__ __forceinline__ int slot_of(const Slots<T>& slots, std::int64_t piece) {
  int s = 0;
  while (piece >= slots.first[s + 1]) ++s;
  return s;
}

// Calls f(slot, i) for this thread's elements of all pieces of the launch: neighbours take neighbouring elements.
template <class T, class F>
__device__ __forceinline__ void for_each_element(const Slots<T>& slots, F f) {
  for_each_item(slots.first[slots.count], [&](std::int64_t piece) {
    const int s = slot_of(slots, piece);
    const ParameterSlot<T>& slot = slots.slot[s];
    const std::int64_t begin = (piece - slots.first[s]) * kPiece, end = min(begin + kPiece, slot.n);
    for (std::int64_t i = begin + threadIdx.x; i < end; i += kThreads) f(slot, i);
  });
}

// One pass: reads g, p, m, v and writes p, m, v, 28 bytes an element in float; 15 flop.
template <class T>
__global__ void adam_kernel(Slots<T> slots, AdamConstants<T> c, const double* grad_factor) {
  const T factor = grad_factor ? static_cast<T>(*grad_factor) : T(1);
  for_each_element(slots, [&](const ParameterSlot<T>& s, std::int64_t i) {
    T p = s.p[i], m = s.m[i], v = s.v[i];
    Math::adam(c, factor, s.g[i], p, m, v);
    s.m[i] = m;
    s.v[i] = v;
    s.p[i] = p;
  });
}
CU_KERNEL(adam_kernel<float>);
CU_KERNEL(adam_kernel<double>);

// One pass: reads g, p and writes p, 12 bytes an element in float, 20 with momentum.
template <class T>
__global__ void sgd_kernel(Slots<T> slots, SgdConstants<T> c, const double* grad_factor) {
  const T factor = grad_factor ? static_cast<T>(*grad_factor) : T(1);
  for_each_element(slots, [&](const ParameterSlot<T>& s, std::int64_t i) {
    T p = s.p[i];
    if (s.m) {
      T m = s.m[i];
      Math::momentum(c, factor, s.g[i], p, m);
      s.m[i] = m;
    } else {
      Math::sgd(c, factor, s.g[i], p);
    }
    s.p[i] = p;
  });
}
CU_KERNEL(sgd_kernel<float>);
CU_KERNEL(sgd_kernel<double>);

// Reads and writes g: 8 bytes an element in float. NaN passes through, so that it is seen and not hidden.
template <class T>
__global__ void clamp_kernel(Slots<T> slots, T value) {
  for_each_element(slots, [&](const ParameterSlot<T>& s, std::int64_t i) { s.g[i] = Math::clamped(s.g[i], value); });
}
CU_KERNEL(clamp_kernel<float>);
CU_KERNEL(clamp_kernel<double>);

// sums[piece] = Σ g² of each piece. Reads g once: 4 bytes an element in float.
template <class T>
__global__ void square_sums_kernel(Slots<T> slots, double* sums) {
  CU_SHARED(double, partials, [kMaxWarps]);
  for_each_item(slots.first[slots.count], [&](std::int64_t piece) {
    const int s = slot_of(slots, piece);
    const std::int64_t begin = (piece - slots.first[s]) * kPiece, end = min(begin + kPiece, slots.slot[s].n);
    double sum = 0;
    for (std::int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
      const double g = static_cast<double>(slots.slot[s].g[i]);
      sum += g * g;
    }
    sum = block_sum(sum, partials);
    if (threadIdx.x == 0) sums[piece] = sum;
  });
}
CU_KERNEL(square_sums_kernel<float>);
CU_KERNEL(square_sums_kernel<double>);

// One block: norm = √(Σ sums).
__global__ void norm_kernel(const double* sums, std::int64_t count, double* norm) {
  CU_SHARED(double, partials, [kMaxWarps]);
  double sum = 0;
  for (std::int64_t i = threadIdx.x; i < count; i += kThreads) sum += sums[i];
  sum = block_sum(sum, partials);
  if (threadIdx.x == 0) *norm = std::sqrt(sum);
}
CU_KERNEL(norm_kernel);

__global__ void norm_factor_kernel(NormFactor j) {
  const double factor = j.max_norm / (*j.norm + 1e-6);
  *j.factor = factor < 1.0 ? factor : 1.0;
}
CU_KERNEL(norm_factor_kernel);

/// One piece of one unit, for clipping by unit. A unit is `outer` runs of `inner` elements; its pieces follow each
/// other.
template <class T>
struct UnitPiece {
  const ParameterSlot<T>* slot;
  std::int64_t first_piece, pieces;  // of the unit
  std::int64_t unit, units, inner, begin, end;

  __device__ std::int64_t at(std::int64_t i) const {
    const std::int64_t o = i / inner;
    return (o * units + unit) * inner + (i - o * inner);
  }
};

template <class T>
__device__ __forceinline__ UnitPiece<T> unit_piece(const Slots<T>& slots, std::int64_t piece, bool per_unit) {
  const int s = slot_of(slots, piece);
  const ParameterSlot<T>& slot = slots.slot[s];
  const std::int64_t units = per_unit ? slot.units : 1, inner = per_unit ? slot.inner : slot.n;
  const std::int64_t elements = slot.n / units, pieces = (slots.first[s + 1] - slots.first[s]) / units;
  const std::int64_t unit = (piece - slots.first[s]) / pieces, first_piece = slots.first[s] + unit * pieces;
  const std::int64_t begin = (piece - first_piece) * kPiece;
  return {&slot, first_piece, pieces, unit, units, inner, begin, min(begin + kPiece, elements)};
}

// sums[2·piece], sums[2·piece+1] = Σ p², Σ g². Reads p and g once: 8 bytes an element in float.
template <class T>
__global__ void unit_sums_kernel(Slots<T> slots, bool per_unit, double* sums) {
  CU_SHARED(double, partials, [kMaxWarps]);
  for_each_item(slots.first[slots.count], [&](std::int64_t piece) {
    const UnitPiece<T> u = unit_piece(slots, piece, per_unit);
    double p2 = 0, g2 = 0;
    for (std::int64_t i = u.begin + threadIdx.x; i < u.end; i += kThreads) {
      const double p = static_cast<double>(u.slot->p[u.at(i)]), g = static_cast<double>(u.slot->g[u.at(i)]);
      p2 += p * p;
      g2 += g * g;
    }
    p2 = block_sum(p2, partials);
    g2 = block_sum(g2, partials);
    if (threadIdx.x != 0) return;
    sums[2 * piece] = p2;
    sums[2 * piece + 1] = g2;
  });
}
CU_KERNEL(unit_sums_kernel<float>);
CU_KERNEL(unit_sums_kernel<double>);

// Each block adds up the norms of its piece's unit again, all in the same order, and scales where they ask for it:
// 8 bytes an element in float where it does, none where it does not.
template <class T>
__global__ void adaptive_clip_kernel(Slots<T> slots, bool per_unit, const double* sums, double factor, double eps) {
  CU_SHARED(double, partials, [kMaxWarps]);
  for_each_item(slots.first[slots.count], [&](std::int64_t piece) {
    const UnitPiece<T> u = unit_piece(slots, piece, per_unit);
    double p2 = 0, g2 = 0;
    for (std::int64_t i = threadIdx.x; i < u.pieces; i += kThreads) {
      p2 += sums[2 * (u.first_piece + i)];
      g2 += sums[2 * (u.first_piece + i) + 1];
    }
    p2 = block_sum(p2, partials);
    g2 = block_sum(g2, partials);
    const double limit = factor * max(std::sqrt(p2), eps), norm = std::sqrt(g2);
    if (!(norm > limit)) return;
    const T scale = static_cast<T>(limit / norm);
    for (std::int64_t i = u.begin + threadIdx.x; i < u.end; i += kThreads) u.slot->g[u.at(i)] *= scale;
  });
}
CU_KERNEL(adaptive_clip_kernel<float>);
CU_KERNEL(adaptive_clip_kernel<double>);

// Calls f(slots, blocks, before) for one launch's worth of parameters after another, with `before` pieces in the
// earlier ones. `pieces_of` says how many a slot has.
template <class T, class PiecesOf, class F>
void for_each_launch(Context& context, std::span<const ParameterSlot<T>> all, PiecesOf&& pieces_of, F&& f) {
  std::int64_t before = 0;
  for (std::size_t next = 0; next < all.size();) {
    Slots<T> slots;
    for (; next < all.size() && slots.count < kSlots; ++next) {
      slots.slot[slots.count] = all[next];
      slots.first[slots.count + 1] = slots.first[slots.count] + pieces_of(all[next]);
      ++slots.count;
    }
    const std::int64_t pieces = slots.first[slots.count];
    if (pieces > 0) f(slots, dim3(blocks_filling(context, pieces)), before);
    before += pieces;
  }
}

template <class T>
std::int64_t element_pieces(const ParameterSlot<T>& slot) {
  return ceil_div(slot.n, kPiece);
}

}  // namespace

template <class T>
void execute(Context& context, const AdamStep<T>& j) {
  const AdamConstants<T> constants(j);
  for_each_launch(context, j.slots, element_pieces<T>, [&](const Slots<T>& slots, dim3 blocks, std::int64_t) {
    cu::launch(adam_kernel<T>, blocks, dim3(kThreads), 0, context.stream(), slots, constants, j.grad_factor);
  });
}

template <class T>
void execute(Context& context, const SgdStep<T>& j) {
  const SgdConstants<T> constants(j);
  for_each_launch(context, j.slots, element_pieces<T>, [&](const Slots<T>& slots, dim3 blocks, std::int64_t) {
    cu::launch(sgd_kernel<T>, blocks, dim3(kThreads), 0, context.stream(), slots, constants, j.grad_factor);
  });
}

template <class T>
void execute(Context& context, const ClampGrad<T>& j) {
  for_each_launch(context, j.slots, element_pieces<T>, [&](const Slots<T>& slots, dim3 blocks, std::int64_t) {
    cu::launch(clamp_kernel<T>, blocks, dim3(kThreads), 0, context.stream(), slots, static_cast<T>(j.value));
  });
}

template <class T>
void execute(Context& context, const GradNorm<T>& j) {
  std::int64_t pieces = 0;
  for (const auto& slot : j.slots) pieces += element_pieces(slot);
  const Scratch<double> sums(context, static_cast<std::size_t>(pieces));
  for_each_launch(context, j.slots, element_pieces<T>, [&](const Slots<T>& slots, dim3 blocks, std::int64_t before) {
    cu::launch(square_sums_kernel<T>, blocks, dim3(kThreads), 0, context.stream(), slots, sums.data() + before);
  });
  cu::launch(norm_kernel, dim3(1), dim3(kThreads), 0, context.stream(), sums.data(), pieces, j.norm);
}

void execute(Context& context, const NormFactor& j) {
  cu::launch(norm_factor_kernel, dim3(1), dim3(1), 0, context.stream(), j);
}

template <class T>
void execute(Context& context, const AdaptiveClip<T>& j) {
  const auto pieces_of = [&](const ParameterSlot<T>& slot) {
    const std::int64_t units = j.per_unit ? slot.units : 1;
    return slot.n == 0 ? 0 : units * ceil_div(slot.n / units, kPiece);
  };
  for_each_launch(context, j.slots, pieces_of, [&](const Slots<T>& slots, dim3 blocks, std::int64_t) {
    const Scratch<double> sums(context, 2 * static_cast<std::size_t>(slots.first[slots.count]));
    cu::launch(unit_sums_kernel<T>, blocks, dim3(kThreads), 0, context.stream(), slots, j.per_unit, sums.data());
    cu::launch(adaptive_clip_kernel<T>, blocks, dim3(kThreads), 0, context.stream(), slots, j.per_unit, sums.data(),
               j.factor, j.eps);
  });
}

FNO_INSTANTIATE(AdamStep);
FNO_INSTANTIATE(SgdStep);
FNO_INSTANTIATE(GradNorm);
FNO_INSTANTIATE(ClampGrad);
FNO_INSTANTIATE(AdaptiveClip);

}  // namespace fno::cuda::CU_TARGET
