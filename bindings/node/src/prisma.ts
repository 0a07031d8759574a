/* Reading through Prisma as one vendor: says to row-level security whose rows a query may see. */

// As much of a Prisma client as is needed here: any generated client fits, whatever its version.
interface PrismaLike {
    $extends(extension: unknown): unknown;
    $transaction(operations: unknown[]): Promise<unknown[]>;
    $executeRaw(text: TemplateStringsArray, ...values: unknown[]): unknown;
}

interface Operation {
    args: unknown;
    query: (args: unknown) => unknown;
}

/**
 * A view of a Prisma client that sees the rows of one vendor and no others. The client must be connected as a member of
 * role kloyst_app: a role that owns the tables or bypasses row-level security sees everything.
 *
 *     const mine = forVendor(prisma, vendorId);
 *     await mine.campaign.findMany({ include: { messageLogs: true } });
 */
export function forVendor<Client extends PrismaLike>(prisma: Client, vendorId: string): Client {
    return prisma.$extends({
        query: {
            $allModels: {
                async $allOperations({ args, query }: Operation): Promise<unknown> {
                    const [, result] = await prisma.$transaction([
                        prisma.$executeRaw`SELECT set_config('kloyst.vendor_id', ${vendorId}, true)`,
                        query(args),
                    ]);
                    return result;
                },
            },
        },
    }) as Client;
}
