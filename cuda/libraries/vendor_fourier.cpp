// Full spectra by cuFFT. Its transforms know neither scale nor weights: those are a pass of ours over the spectrum,
// left out where it would change nothing.
#include <type_traits>

#include "cuda/libraries/half_spectrum.h"
#include "cuda/libraries/vendor.h"

namespace fno::cuda::CU_TARGET {
namespace {

std::int64_t points_of(const int (&size)[kGridAxes]) { return std::int64_t{size[0]} * size[1] * size[2]; }

}  // namespace

template <class T, class In, class Out>
bool VendorLibraries::transform(const int (&kinds)[2], In* in, Out* out, std::int64_t planes,
                                const int (&size)[kGridAxes], int direction) {
  const Cufft& f = cufft().functions;
  const int kind = kinds[std::is_same_v<T, double> ? 1 : 0];
  PlanWithSpace& entry = plans_[{kind, size[0], size[1], size[2], planes}];
  if (!entry.made) {
    Cufft::Plan plan = 0;
    if (!accepted("cuFFT", "cufftCreate", f.create(&plan))) return false;
    const int first = size[0] > 1 ? 0 : size[1] > 1 ? 1 : 2;
    long long extents[kGridAxes] = {size[0], size[1], size[2]};
    const bool made = accepted("cuFFT", "cufftSetAutoAllocation", f.set_auto_allocation(plan, 0)) &&
                      accepted("cuFFT", "cufftMakePlanMany64",
                               f.make_plan_many(plan, kGridAxes - first, extents + first, nullptr, 1, 0, nullptr, 1, 0,
                                                kind, planes, &entry.bytes)) &&
                      accepted("cuFFT", "cufftSetStream", f.set_stream(plan, context_.stream().handle));
    if (!made) {
      (void)f.destroy(plan);
      return false;
    }
    entry.plan = plan;
    entry.made = true;
  }
  const Scratch<char> work(context_, entry.bytes);
  if (!accepted("cuFFT", "cufftSetWorkArea", f.set_work_area(entry.plan, work.data()))) return false;
  if constexpr (std::is_same_v<In, Out>)
    return accepted("cuFFT", "cufftExec", f.transform(entry.plan, in, out, direction));
  else
    return accepted("cuFFT", "cufftExec", f.transform(entry.plan, in, out));
}

template <class T>
bool VendorLibraries::start(const Rfft<T>& j) {
  if (j.planes < 1 || points_of(j.size) < 1 || !wanted(cufft(), true)) return false;
  // cuFFT leaves the input of an out-of-place transform alone; its declaration does not say so.
  if (!transform<T>(Cufft::kRealToComplex, const_cast<T*>(j.x), j.x_hat, j.planes, j.size, 0)) return false;
  const T inner = j.weighted ? 2 * j.scale : j.scale;
  if (j.scale != 1 || inner != 1)
    weigh(context_, HalfSpectrum<T>{.in = j.x_hat,
                                    .out = j.x_hat,
                                    .planes = j.planes,
                                    .rows0 = j.size[0],
                                    .rows1 = j.size[1],
                                    .n = j.size[2],
                                    .edge = j.scale,
                                    .inner = inner,
                                    .hermitian = false});
  return true;
}

// cuFFT counts inner columns twice, as `weighted` asks, and leaves open what it makes of edges that are not symmetric.
template <class T>
bool VendorLibraries::start(const Irfft<T>& j) {
  if (j.planes < 1 || points_of(j.size) < 1 || !wanted(cufft(), true)) return false;
  const std::int64_t columns = j.size[2] / 2 + 1, rows = std::int64_t{j.size[0]} * j.size[1];
  const Scratch<Complex<T>> copy(context_, std::size_t(j.planes * rows * columns));
  weigh(context_, HalfSpectrum<T>{.in = j.x_hat,
                                  .out = copy.data(),
                                  .planes = j.planes,
                                  .rows0 = j.size[0],
                                  .rows1 = j.size[1],
                                  .n = j.size[2],
                                  .edge = j.scale,
                                  .inner = j.weighted ? j.scale : j.scale / 2,
                                  .hermitian = true});
  return transform<T>(Cufft::kComplexToReal, copy.data(), j.x, j.planes, j.size, 0);
}

template <class T>
bool VendorLibraries::start(const Fft<T>& j) {
  if (j.planes < 1 || points_of(j.size) < 1 || !wanted(cufft(), true)) return false;
  if (!transform<T>(Cufft::kComplexToComplex, const_cast<Complex<T>*>(j.x), j.y, j.planes, j.size,
                    j.inverse ? Cufft::kInverse : Cufft::kForward))
    return false;
  if (j.scale != 1)
    execute(context_, Scale<T>{.x = nullptr,
                               .y = reinterpret_cast<T*>(j.y),
                               .a = 0,
                               .b = j.scale,
                               .c = 0,
                               .n = 2 * j.planes * points_of(j.size)});
  return true;
}

#define FNO_INSTANTIATE_RUN(T)                           \
  template bool VendorLibraries::start(const Rfft<T>&);  \
  template bool VendorLibraries::start(const Irfft<T>&); \
  template bool VendorLibraries::start(const Fft<T>&);
FNO_INSTANTIATE_RUN(float)
FNO_INSTANTIATE_RUN(double)
#undef FNO_INSTANTIATE_RUN

}  // namespace fno::cuda::CU_TARGET
