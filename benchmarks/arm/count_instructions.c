/* A plugin of qemu-user that counts the instructions that one emulated thread executes.
 *
 *   qemu-aarch64 -plugin count_instructions.so,counts=FILE[,histogram=FILE] PROGRAM ...
 *
 * The program marks a moment by calling getsid(), which nothing else does meanwhile. Every mark
 * appends a line to `counts`: the instructions since the mark before. `histogram` has the same
 * interval by block of code, a line each: address (hexadecimal), instructions, times executed.
 *
 * Debian has no package of qemu-plugin.h, so what is used of it is declared here. A callback per
 * block is the one way to count that every version of the interface has.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- qemu-plugin.h ---- */
typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
typedef void (*translation_callback)(qemu_plugin_id_t, struct qemu_plugin_tb*);
typedef void (*execution_callback)(unsigned vcpu, void* data);
typedef void (*syscall_callback)(qemu_plugin_id_t, unsigned vcpu, int64_t number, uint64_t,
                                 uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                                 uint64_t);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb*);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb*);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translation_callback);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb*, execution_callback,
                                          enum qemu_plugin_cb_flags, void* data);
void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t, syscall_callback);

/* The version of the interface, given by whoever compiles this for one qemu. */
__attribute__((visibility("default"))) int qemu_plugin_version = EDGERT_QEMU_PLUGIN_VERSION;

/* ---- counting ---- */
enum { kGetsid = 156 }; /* the system call's number on aarch64 */

typedef struct Block {
  uint64_t address, instructions, executions;
  struct Block* next;
} Block;

static Block* blocks;
static uint64_t instructions;
static const char* counts_path;
static const char* histogram_path;

static void execute(unsigned vcpu, void* data) {
  (void)vcpu;
  Block* block = data;
  ++block->executions;
  instructions += block->instructions;
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb* code) {
  (void)id;
  Block* block = calloc(1, sizeof(Block));
  if (block == NULL) abort();
  block->address = qemu_plugin_tb_vaddr(code);
  block->instructions = qemu_plugin_tb_n_insns(code);
  block->next = blocks;
  blocks = block;
  qemu_plugin_register_vcpu_tb_exec_cb(code, execute, QEMU_PLUGIN_CB_NO_REGS, block);
}

static void write_histogram(void) {
  FILE* file = fopen(histogram_path, "w");
  if (file == NULL) abort();
  for (const Block* block = blocks; block != NULL; block = block->next) {
    if (block->executions == 0) continue;
    fprintf(file, "%" PRIx64 " %" PRIu64 " %" PRIu64 "\n", block->address, block->instructions,
            block->executions);
  }
  fclose(file);
}

static void mark(void) {
  FILE* file = fopen(counts_path, "a");
  if (file == NULL) abort();
  fprintf(file, "%" PRIu64 "\n", instructions);
  fclose(file);
  if (histogram_path != NULL) write_histogram();
  for (Block* block = blocks; block != NULL; block = block->next) block->executions = 0;
  instructions = 0;
}

static void system_call(qemu_plugin_id_t id, unsigned vcpu, int64_t number, uint64_t a, uint64_t b,
                        uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g, uint64_t h) {
  (void)id, (void)vcpu, (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
  if (number == kGetsid) mark();
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
                                                               const void* info, int argc,
                                                               char** argv) {
  (void)info;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "counts=", 7) == 0) counts_path = strdup(argv[i] + 7);
    if (strncmp(argv[i], "histogram=", 10) == 0) histogram_path = strdup(argv[i] + 10);
  }
  if (counts_path == NULL) return -1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  qemu_plugin_register_vcpu_syscall_cb(id, system_call);
  return 0;
}
