import { mongodbDistribution } from './mongod';

const release = (id: string, version: string, like = ''): string =>
  `PRETTY_NAME="x"\nID=${id}\nVERSION_ID="${version}"\nID_LIKE="${like}"\n`;

describe('the build of MongoDB for a Linux distribution', () => {
  it.each([
    ['ubuntu', '20.04', 'debian', 'ubuntu2004'],
    ['ubuntu', '24.04', 'debian', 'ubuntu2204'],
    ['linuxmint', '22', 'ubuntu debian', 'ubuntu2204'],
    ['debian', '11', '', 'debian11'],
    ['debian', '13', '', 'debian12'],
    ['rocky', '8.9', 'rhel centos fedora', 'rhel80'],
    ['rhel', '9.4', 'fedora', 'rhel90'],
    ['amzn', '2023', 'fedora', 'amazon2023'],
    ['opensuse-leap', '15.5', 'suse opensuse', 'suse15'],
  ])('%s %s', (id, version, like, build) => {
    expect(mongodbDistribution(release(id, version, like), false)).toBe(build);
  });

  it('is one that exists for ARM, and a guess where nothing is known', () => {
    expect(mongodbDistribution(release('debian', '12'), true)).toBe('ubuntu2204');
    expect(mongodbDistribution('', false)).toBe('ubuntu2204');
  });
});
