// Our small matrix product against OpenBLAS, one thread each, on the shapes that the layers ask for.
#include <cblas.h>
#include <cstdlib>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

#include "bench/harness/machine.h"
#include "bench/harness/noise.h"
#include "bench/harness/suite.h"
#include "framework/cpu/kernel_set.h"

namespace fno::bench {
namespace {

struct Product {
  const char* name;
  int m, n, k;  // C (m, n) = A (m, k) · B (k, n), all row-major and dense
};

// The pieces of one unit of work, as the kernels cut them: 8 planes a transform, one mode, 192 points of a convolution.
constexpr Product kProducts[] = {{"D16 last axis, analysis", 128, 16, 16},
                                 {"D16 rows, analysis", 16, 16, 16},
                                 {"D16 mixing, one mode", 20, 64, 32},
                                 {"D16 mixing, weight gradient", 32, 64, 20},
                                 {"D16 last axis, synthesis", 128, 16, 16},
                                 {"D1 last axis, analysis", 680, 24, 85},
                                 {"D1 rows, analysis", 26, 24, 85},
                                 {"D1 last axis, synthesis", 680, 85, 24},
                                 {"D3 last axis, analysis", 1688, 24, 211},
                                 {"D3 last axis, synthesis", 1688, 211, 24},
                                 {"B1 analysis", 8, 32, 1024},
                                 {"B1 synthesis", 8, 1024, 32},
                                 {"D1 1x1 convolution", 32, 192, 32},
                                 {"head 32 to 128", 128, 192, 32},
                                 {"P32 3x3 convolution", 32, 192, 288},
                                 {"P32 3x3, weight gradient", 36, 32, 192},
                                 {"P64 3x3 convolution", 64, 192, 288},
                                 {"P256 3x3 convolution", 256, 64, 288},
                                 {"large square", 384, 384, 384}};

void run(Suite& suite, const Product& p) {
  const Device& device = suite.device();
  const Tensor a = noise("a", Shape{p.m, p.k}, device), b = noise("b", Shape{p.k, p.n}, device),
               c(Shape{p.m, p.n}, Dtype::float32, device);
  const Work work{4.0 * (a.size() + b.size()), 4.0 * c.size(), 2.0 * p.m * p.n * p.k};
  const float *pa = a.data<float>(), *pb = b.data<float>();
  float* pc = c.data<float>();
  const std::string name = fmt::format("{} {}x{}x{}", p.name, p.m, p.n, p.k);
  if (!suite.wants(name)) return;
  const auto gemm = cpu::kernel_set().of<float>().gemm;
  const double ours =
      suite.measure(name, work, [&] { gemm(p.m, p.n, p.k, pa, p.k, 1, pb, p.n, pc, p.n, false, nullptr); });
  const double theirs = suite.measure(fmt::format("  OpenBLAS {}", openblas_get_corename()), work, [&] {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, p.m, p.n, p.k, 1.f, pa, p.k, pb, p.n, 0.f, pc, p.n);
  });
  fmt::print(stderr, "  OpenBLAS / ours {:28.2f}\n", theirs / ours);
}

// OpenBLAS picks its kernels when it is loaded, and what it inherits or does not know can make it pick slow ones:
// 0.3.21 takes processors later than itself for a Prescott. Then start again with its best, so that the comparison is
// with that.
void restart_with_best_kernels(char** argv) {
  constexpr const char* kBest = "SKYLAKEX";
  bool avx512 = true;
  for (const char* part : {"avx512f", "avx512bw", "avx512dq", "avx512vl"}) avx512 = avx512 && processor_has(part);
  const char* given = std::getenv("OPENBLAS_CORETYPE");
  const bool right = avx512 ? given && std::string_view(given) == kBest : !given;
  if (right && !std::getenv("OPENBLAS_L2_SIZE")) return;
  unsetenv("OPENBLAS_CORETYPE");
  unsetenv("OPENBLAS_L2_SIZE");
  if (avx512) setenv("OPENBLAS_CORETYPE", kBest, 1);
  execv("/proc/self/exe", argv);
  fmt::print(stderr, "gemm: could not restart with another OPENBLAS_CORETYPE; OpenBLAS may be slower than it can be\n");
}

int body(int argc, char** argv) {
  openblas_set_num_threads(1);
  Options options = parse_options("gemm", argc, argv);
  options.threads = 1;
  Suite suite("gemm", options);
  for (const auto& product : kProducts) run(suite, product);
  return suite.report();
}

}  // namespace
}  // namespace fno::bench

int main(int argc, char** argv) {
  fno::bench::restart_with_best_kernels(argv);
  return fno::bench::run_main("gemm", fno::bench::body, argc, argv);
}
