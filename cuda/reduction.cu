#include <algorithm>

#include "cuda/context.h"
#include "cuda/detail/each.cuh"
#include "cuda/detail/grid.h"
#include "cuda/detail/reduce.cuh"

// Sums over any axes, in double and in an order that the shape alone decides.
namespace fno::cuda::CU_TARGET {
namespace {

/// Where row-major indices over some of an array's axes point.
struct Axes {
  int count = 0;
  std::int64_t size[kMaxAxes] = {}, stride[kMaxAxes] = {};
};

/// y[r] = scale · Σ_t x[kept(r) + gone(t)], the terms of each result in `splits` parts.
struct SumPlan {
  Axes kept, gone;
  std::int64_t results = 1, terms = 1, splits = 1, part_terms = 1;
};

__device__ __forceinline__ std::int64_t locate(const Axes& axes, std::int64_t index) {
  std::int64_t at = 0;
  for (int axis = axes.count - 1; axis > 0; --axis) {
    const std::int64_t rest = index / axes.size[axis];
    at += (index - rest * axes.size[axis]) * axes.stride[axis];
    index = rest;
  }
  return at + index * axes.stride[0];
}

constexpr int kSumThreads = 256;

// A block sums a part of a result, its threads side by side along the terms: for sums over the last axis. Reads x once,
// coalesced. With one part a result the sum is final and goes to y, else to part[r·splits + s].
template <class T>
__global__ void sum_rows_kernel(SumPlan plan, const T* x, double* part, T* y, double scale) {
  CU_SHARED(double, sums, [kMaxWarps]);
  for_each_item(plan.results * plan.splits, [&](std::int64_t item) {
    const std::int64_t result = item / plan.splits, first = (item - result * plan.splits) * plan.part_terms;
    const std::int64_t last = min(first + plan.part_terms, plan.terms), base = locate(plan.kept, result);
    double sum = 0;
    for (std::int64_t t = first + threadIdx.x; t < last; t += kSumThreads)
      sum += static_cast<double>(x[base + locate(plan.gone, t)]);
    sum = block_sum(sum, sums);
    if (threadIdx.x != 0) return;
    if (part)
      part[item] = sum;
    else
      y[result] = static_cast<T>(sum * scale);
  });
}
CU_KERNEL(sum_rows_kernel<float>);
CU_KERNEL(sum_rows_kernel<double>);

// A thread sums a part of a result, neighbours taking neighbouring results: for sums that keep the last axis, and for
// short ones. Reads x once, coalesced where the last axis is kept.
template <class T>
__global__ void sum_columns_kernel(SumPlan plan, const T* x, double* part, T* y, double scale) {
  for_each_index(plan.results * plan.splits, [&](std::int64_t item) {
    const std::int64_t split = item / plan.results, result = item - split * plan.results;
    const std::int64_t first = split * plan.part_terms, last = min(first + plan.part_terms, plan.terms);
    const std::int64_t base = locate(plan.kept, result);
    double sum = 0;
    for (std::int64_t t = first; t < last; ++t) sum += static_cast<double>(x[base + locate(plan.gone, t)]);
    if (part)
      part[result * plan.splits + split] = sum;
    else
      y[result] = static_cast<T>(sum * scale);
  });
}
CU_KERNEL(sum_columns_kernel<float>);
CU_KERNEL(sum_columns_kernel<double>);

// A block adds the parts of one result. 8 bytes a part.
template <class T>
__global__ void sum_parts_kernel(SumPlan plan, const double* part, T* y, double scale) {
  CU_SHARED(double, sums, [kMaxWarps]);
  for_each_item(plan.results, [&](std::int64_t result) {
    double sum = 0;
    for (std::int64_t s = threadIdx.x; s < plan.splits; s += kSumThreads) sum += part[result * plan.splits + s];
    sum = block_sum(sum, sums);
    if (threadIdx.x == 0) y[result] = static_cast<T>(sum * scale);
  });
}
CU_KERNEL(sum_parts_kernel<float>);
CU_KERNEL(sum_parts_kernel<double>);

// Appends an axis to a list that runs from the innermost one outwards; neighbours in memory become one.
void append(Axes& axes, std::int64_t size, std::int64_t stride) {
  const int last = axes.count - 1;
  if (last >= 0 && axes.size[last] * axes.stride[last] == stride) {
    axes.size[last] *= size;
  } else {
    axes.size[axes.count] = size;
    axes.stride[axes.count++] = stride;
  }
}

void reverse(Axes& axes) {
  std::reverse(axes.size, axes.size + axes.count);
  std::reverse(axes.stride, axes.stride + axes.count);
}

// Thresholds decide the order of a sum, so they must not depend on the device.
constexpr std::int64_t kRowTerms = 8192, kColumnTerms = 256;  // of a part
constexpr std::int64_t kShortRow = 32;                        // up to here a thread sums a row alone
constexpr std::int64_t kManyResults = 65536;                  // enough threads without parts

}  // namespace

template <class T>
void execute(Context& context, const Reduce<T>& j) {
  SumPlan plan;
  std::int64_t stride = 1;
  bool last_axis_kept = false;
  for (int axis = j.axes - 1; axis >= 0; stride *= j.size[axis--]) {
    if (j.size[axis] == 1) continue;
    if (stride == 1) last_axis_kept = j.keep[axis];
    append(j.keep[axis] ? plan.kept : plan.gone, j.size[axis], stride);
    (j.keep[axis] ? plan.results : plan.terms) *= j.size[axis];
  }
  if (plan.results == 0) return;
  reverse(plan.kept);
  reverse(plan.gone);

  const bool columns = last_axis_kept || plan.terms <= kShortRow;
  plan.part_terms = columns ? kColumnTerms : kRowTerms;
  if (columns && plan.results >= kManyResults) plan.part_terms = std::max<std::int64_t>(plan.terms, 1);
  plan.splits = std::max<std::int64_t>(1, ceil_div(plan.terms, plan.part_terms));

  const Scratch<double> parts(context, plan.splits > 1 ? static_cast<std::size_t>(plan.results * plan.splits) : 0);
  double* part = plan.splits > 1 ? parts.data() : nullptr;
  const auto blocks = [&](std::int64_t items) { return dim3(blocks_filling(context, items)); };
  const dim3 threads(kSumThreads);
  if (columns)
    launch_each(context, plan.results * plan.splits, sum_columns_kernel<T>, plan, j.x, part, j.y, j.scale);
  else
    cu::launch(sum_rows_kernel<T>, blocks(plan.results * plan.splits), threads, 0, context.stream(), plan, j.x, part,
               j.y, j.scale);
  if (part)
    cu::launch(sum_parts_kernel<T>, blocks(plan.results), threads, 0, context.stream(), plan, part, j.y, j.scale);
}

FNO_INSTANTIATE(Reduce);

}  // namespace fno::cuda::CU_TARGET
