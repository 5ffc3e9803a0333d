// The composite jobs of a Fourier layer, sample by sample: what one part wrote of a sample, the next finds in the
// cache.
#include <algorithm>

#include "framework/cpu/context.h"
#include "framework/cpu/math.h"
#include "framework/cpu/plane_sum.h"
#include "framework/cpu/pointwise_conv.h"
#include "framework/cpu/stream.h"
#include "framework/cpu/transform.h"

namespace fno::cpu {
namespace {

// Whole samples are worth dividing among threads if none is left waiting for long. Both ways give the same bits.
bool by_samples(const Context& context, int batch) {
  return batch % context.threads() == 0 || batch >= 4 * context.threads();
}

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
  const Analysis<T> analysis(context, j.spectral);
  const std::int64_t channels = j.spectral.channels, points = j.spectral.modes->points(), size = channels * points;
  const std::int64_t batch = j.spectral.batch;
  const std::int64_t groups = analysis.units_of_sample(), planes = std::min<std::int64_t>(channels, kGroup);
  const Scratch<double> sums(context.memory(), static_cast<std::size_t>(batch * channels));
  context.parallel_with_scratch<T>(
      batch, 1, static_cast<std::size_t>(planes * points) + analysis.scratch(),
      [&](std::int64_t first, std::int64_t last, T* group) {
        T* scratch = group + planes * points;
        for (std::int64_t u = first * groups; u < last * groups; ++u) {  // a group of channels of a sample
          const std::int64_t plane = u / groups * channels + u % groups * kGroup, start = plane * points;
          const std::int64_t width = std::min<std::int64_t>(kGroup, channels - u % groups * kGroup);
          const T* dz = j.spectral.x;
          if (j.activation.x) {
            const T *z = j.activation.x + start, *dy = j.activation.dy + start;
            for (std::int64_t i = 0; i < width * points; ++i) group[i] = Math::derivative<UnaryOp::gelu>(z[i]) * dy[i];
            put(j.activation.dx + start, group, width * points, batch * size);
            dz = group - start;
          }
          analysis.run(u, u + 1, dz, scratch);
          if (j.bias.sum)
            for (std::int64_t c = plane; c < plane + width; ++c) sums.data()[c] = plane_sum(dz + c * points, points);
        }
        stream_done();
      });
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
