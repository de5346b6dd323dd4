/** Plain data as YAML, under a comment. */
export async function yamlOf(data: unknown, comment: string): Promise<string> {
  const { Document } = await import('yaml');
  const document = new Document(data, { aliasDuplicateObjects: false });
  document.commentBefore = comment;
  return document.toString({ lineWidth: 0 });
}
