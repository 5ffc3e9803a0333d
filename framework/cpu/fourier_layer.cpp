// The composite jobs of a Fourier layer, sample by sample: what one part wrote of a sample, the next finds in the
// cache.
#include <algorithm>
#include <optional>

#include "framework/cpu/context.h"
#include "framework/cpu/math.h"
#include "framework/cpu/plane_sum.h"
#include "framework/cpu/pointwise_conv.h"
#include "framework/cpu/pointwise_weight_grad.h"
#include "framework/cpu/stream.h"
#include "framework/cpu/transform.h"

namespace fno::cpu {
namespace {

// Whole samples are worth dividing among threads if none is left waiting for long. Both ways give the same bits.
bool by_samples(const Context& context, int batch) {
  return batch % context.threads() == 0 || batch >= 4 * context.threads();
}

constexpr std::int64_t kSampleBytes = 1 << 20;  // of x that stay in the second-level cache beside what a group needs

template <class Job>
void run_in_turn(Context& context, const Job& job) {
  job.in_turn([&](const auto& part) { execute(context, part); }, context.memory());
}

// Numbers on their way to a tensor of `size` elements.
template <class T>
void put(T* to, const T* from, std::int64_t n, std::int64_t size) {
  if (size * static_cast<std::int64_t>(sizeof(T)) >= kStreamBytes)
    stream(to, from, n);
  else
    std::copy_n(from, n, to);
}

// A sample is put together in scratch, which stays in the cache from sample to sample, and leaves it as a stream.
template <class T>
void convolve_and_synthesise(Context& context, PointwiseConv<T> conv, Synthesise<T> job, T* activated) {
  constexpr std::int64_t kPiece = 1024;
  const std::int64_t channels = job.channels, points = job.modes->points(), all = job.batch * channels * points;
  const std::int64_t plane = padded<T>(static_cast<int>(points)), size = channels * plane;
  const Synthesis<T> synthesis(context, job);
  const std::int64_t conv_units = conv.units_of_sample(), units = synthesis.units_of_sample();
  context.parallel_with_scratch<T>(
      job.batch, 1, static_cast<std::size_t>(size + kPiece) + std::max(conv.scratch(), synthesis.scratch()),
      [&](std::int64_t first, std::int64_t last, T* sample) {
        T *piece = sample + size, *scratch = piece + kPiece;
        for (std::int64_t b = first; b < last; ++b) {
          conv.run(b * conv_units, (b + 1) * conv_units, sample - b * size, plane, size, scratch);
          synthesis.run(b * units, (b + 1) * units, sample - b * size, plane, scratch);
          for (std::int64_t c = 0; c < channels; ++c)
            for (std::int64_t i = 0; i < points; i += kPiece) {
              const std::int64_t n = std::min(kPiece, points - i), at = (b * channels + c) * points + i;
              const T* from = sample + c * plane + i;
              put(job.y + at, from, n, all);
              if (!activated) continue;
              for (std::int64_t k = 0; k < n; ++k) piece[k] = Math::value<UnaryOp::gelu>(from[k]);
              put(activated + at, piece, n, all);
            }
        }
        stream_done();
      });
}

}  // namespace

template <class T>
void execute(Context& context, const FourierOutput<T>& j) {
  const Conv<T>& c = j.local;
  if (!is_pointwise(c.g) || !by_samples(context, c.g.batch)) return run_in_turn(context, j);
  convolve_and_synthesise(context, PointwiseConv<T>{c.g, c.x, Weights<T>::of(c.g, c.w), c.bias, c.y}, j.spectral,
                          j.activated);
}

template <class T>
void execute(Context& context, const FourierInputGrad<T>& j) {
  const ConvInputGrad<T>& c = j.local;
  if (!is_pointwise(c.g) || !by_samples(context, c.g.batch)) return run_in_turn(context, j);
  convolve_and_synthesise<T>(context,
                             PointwiseConv<T>{mirrored(c.g), c.dy, Weights<T>::mirrored(c.g, c.w), c.bias, c.dx},
                             j.spectral, nullptr);
}

template <class T>
void execute(Context& context, const FourierOutputGrad<T>& j) {
  if (!by_samples(context, j.spectral.batch)) return run_in_turn(context, j);
  // The weight gradient takes dz from the cache if x of a sample lies there too from one group of channels to the next.
  const ConvGeometry& g = j.local.g;
  const bool with_weights = j.local.dw && PointwiseWeightGrad<T>::takes(g) &&
                            std::int64_t{g.in} * g.points() * static_cast<std::int64_t>(sizeof(T)) <= kSampleBytes;
  std::optional<PointwiseWeightGrad<T>> weights;
  if (with_weights) weights.emplace(context, j.local);
  const Analysis<T> analysis(context, j.spectral);
  const std::int64_t channels = j.spectral.channels, points = j.spectral.modes->points(), size = channels * points;
  const std::int64_t batch = j.spectral.batch;
  const std::int64_t groups = analysis.units_of_sample(), planes = std::min<std::int64_t>(channels, kGroup);
  const std::int64_t pitch = j.activation.x ? padded<T>(static_cast<int>(points)) : points;  // of planes of dz
  const Scratch<double> sums(context.memory(), static_cast<std::size_t>(batch * channels));
  context.parallel_with_scratch<T>(
      batch, 1,
      static_cast<std::size_t>(planes * pitch) +
          std::max(analysis.scratch(), weights ? weights->scratch(static_cast<int>(planes)) : 0),
      [&](std::int64_t first, std::int64_t last, T* group) {
        T* scratch = group + planes * pitch;
        for (std::int64_t u = first * groups; u < last * groups; ++u) {  // a group of channels of a sample
          const std::int64_t b = u / groups, c0 = u % groups * kGroup, plane = b * channels + c0;
          const std::int64_t width = std::min<std::int64_t>(kGroup, channels - c0);
          const T* dz = j.spectral.x + plane * points;
          if (j.activation.x) {
            for (std::int64_t c = 0; c < width; ++c) {
              const std::int64_t start = (plane + c) * points;
              const T *z = j.activation.x + start, *dy = j.activation.dy + start;
              T* to = group + c * pitch;
              for (std::int64_t i = 0; i < points; ++i) to[i] = Math::derivative<UnaryOp::gelu>(z[i]) * dy[i];
              put(j.activation.dx + start, to, points, batch * size);
            }
            dz = group;
          }
          analysis.run(u, u + 1, dz - plane * pitch, pitch, scratch);
          if (weights)
            for (std::int64_t piece = 0; piece < weights->pieces(); ++piece)
              weights->run(b * weights->pieces() + piece, static_cast<int>(c0), static_cast<int>(width), dz, pitch,
                           scratch);
          if (j.bias.sum)
            for (std::int64_t c = 0; c < width; ++c) sums.data()[plane + c] = plane_sum(dz + c * pitch, points);
        }
        stream_done();
      });
  if (weights)
    weights->finish();
  else if (j.local.dw)
    execute(context, j.local);
  if (!j.bias.sum) return;
  for (std::int64_t c = 0; c < channels; ++c) {
    double total = 0;
    for (std::int64_t b = 0; b < batch; ++b) total += sums.data()[b * channels + c];
    j.bias.sum[c] = static_cast<T>(total);
  }
}

FNO_INSTANTIATE(FourierOutput);
FNO_INSTANTIATE(FourierInputGrad);
FNO_INSTANTIATE(FourierOutputGrad);

}  // namespace fno::cpu
