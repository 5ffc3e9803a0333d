#include "framework/cpu/math.h"
#include "framework/cpu/runs.h"

namespace fno::cpu {
namespace {

constexpr std::int64_t kGrain = 16384;  // elements worth a thread's waking up

template <bool conjugate, class T>
void product_run(T scale, const Complex<T>* a, std::int64_t sa, const Complex<T>* b, std::int64_t sb, Complex<T>* y,
                 std::int64_t n) {
  if (sa == 1 && sb == 1)
    for (std::int64_t i = 0; i < n; ++i) y[i] = Math::product<conjugate>(scale, a[i], b[i]);
  else
    for (std::int64_t i = 0; i < n; ++i) y[i] = Math::product<conjugate>(scale, a[i * sa], b[i * sb]);
}

}  // namespace

template <class T>
void execute(Context& context, const ComplexProduct<T>& j) {
  for_each_run(context, j.pair, kGrain, [&](const Run& r) {
    const auto run = j.conjugate ? product_run<true, T> : product_run<false, T>;
    run(j.scale, j.a + r.a, r.step_a, j.b + r.b, r.step_b, j.y + r.first, r.n);
  });
}

template <class T>
void execute(Context& context, const Modulus<T>& j) {
  context.parallel(j.n, kGrain, [&](std::int64_t first, std::int64_t last) {
    const Complex<T>* x = j.x;
    T* y = j.y;
    for (std::int64_t i = first; i < last; ++i) y[i] = Math::modulus(x[i]);
  });
}

template <class T>
void execute(Context& context, const ModulusBackward<T>& j) {
  context.parallel(j.n, kGrain, [&](std::int64_t first, std::int64_t last) {
    const Complex<T>* x = j.x;
    const T* dy = j.dy;
    Complex<T>* dx = j.dx;
    for (std::int64_t i = first; i < last; ++i) dx[i] = Math::modulus_backward(x[i], dy[i]);
  });
}

FNO_INSTANTIATE(ComplexProduct);
FNO_INSTANTIATE(Modulus);
FNO_INSTANTIATE(ModulusBackward);

}  // namespace fno::cpu
