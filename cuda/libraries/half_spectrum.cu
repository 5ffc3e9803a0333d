// What stands between the contracts' transforms and a library's: factors by column, and the symmetry of the edges.
// Reads and writes the spectrum once.
#include "cuda/detail/each.cuh"
#include "cuda/libraries/half_spectrum.h"

namespace fno::cuda::CU_TARGET {
namespace {

template <class T>
__global__ void __launch_bounds__(kEachThreads) half_spectrum_kernel(HalfSpectrum<T> j, std::int64_t count) {
  const int columns = j.n / 2 + 1;
  for_each_index(count, [&](std::int64_t i) {
    const int column = int(i % columns);
    const bool edge = column == 0 || 2 * column == j.n;
    Complex<T> value = j.in[i];
    if (j.hermitian && edge) {
      const std::int64_t row = i / columns, plane = row / j.rows1 / j.rows0;
      const int k1 = int(row % j.rows1), k0 = int(row / j.rows1 % j.rows0);
      const int mirror1 = (j.rows1 - k1) % j.rows1, mirror0 = (j.rows0 - k0) % j.rows0;
      const Complex<T> other = j.in[((plane * j.rows0 + mirror0) * j.rows1 + mirror1) * columns + column];
      value = {T(0.5) * (value.re + other.re), T(0.5) * (value.im - other.im)};
    }
    const T factor = edge ? j.edge : j.inner;
    j.out[i] = {factor * value.re, factor * value.im};
  });
}
CU_KERNEL(half_spectrum_kernel<float>);
CU_KERNEL(half_spectrum_kernel<double>);

}  // namespace

template <class T>
void weigh(Context& context, const HalfSpectrum<T>& job) {
  const std::int64_t count = job.planes * job.rows0 * job.rows1 * (job.n / 2 + 1);
  launch_each(context, count, half_spectrum_kernel<T>, job, count);
}

template void weigh(Context&, const HalfSpectrum<float>&);
template void weigh(Context&, const HalfSpectrum<double>&);

}  // namespace fno::cuda::CU_TARGET
